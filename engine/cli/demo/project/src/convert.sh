# Temperatures, for people who travel.

to_fahrenheit() {
  local celsius=$1
  echo $((celsius * 9 / 5 + 32))
}

to_celsius() {
  local fahrenheit=$1
  echo $(((fahrenheit - 32) * 5 / 9))
}
