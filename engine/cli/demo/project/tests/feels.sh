test_winter_feels_cold() {
  [ "$(feels -3)" = cold ]
}

test_spring_feels_mild() {
  [ "$(feels 15)" = mild ]
}

test_summer_feels_hot() {
  [ "$(feels 33)" = hot ]
}
