func.func @identity(%x: i64) -> i64 {
  return %x : i64
}
