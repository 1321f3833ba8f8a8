# How warm it feels.

feels() {
  local celsius=$1
  if ((celsius < 5)); then
    echo cold
  elif ((celsius < 25)); then
    echo mild
  else
    echo hot
  fi
}
