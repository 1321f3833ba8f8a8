test_water_boils_at_212_fahrenheit() {
  [ "$(to_fahrenheit 100)" = 212 ]
}

test_water_freezes_at_0_celsius() {
  [ "$(to_celsius 32)" = 0 ]
}
