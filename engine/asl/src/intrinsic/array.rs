//! The intrinsic functions on arrays and numbers. Never accepts an argument of the wrong type.

use serde_json::Value;

/// `States.ArrayRange` makes at most this many items.
const RANGE_LIMIT: i64 = 1_000;

fn items(value: &Value) -> Result<&[Value], String> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| format!("{value} is not an array"))
}

/// An integer; "if you specify a non-integer value, Step Functions rounds it off to the nearest integer".
fn integer(value: &Value) -> Result<i64, String> {
    match (value.as_i64(), value.as_f64()) {
        (Some(integer), _) => Ok(integer),
        (None, Some(float)) => Ok(float.round() as i64),
        (None, None) => Err(format!("{value} is not a number")),
    }
}

/// The range of `States.MathAdd` and `States.MathRandom`: 32-bit integers.
fn small(value: &Value) -> Result<i64, String> {
    let number = integer(value)?;
    i32::try_from(number).map(i64::from).map_err(|_| format!("{number} is outside -2147483648 to 2147483647"))
}

/// Numbers are equal by value, everything else as JSON.
pub(super) fn same(a: &Value, b: &Value) -> bool {
    match (a.is_number() && b.is_number(), a.as_f64(), b.as_f64()) {
        (true, Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

pub(super) fn contains(array: &Value, wanted: &Value) -> Result<Value, String> {
    Ok(Value::Bool(items(array)?.iter().any(|item| same(item, wanted))))
}

pub(super) fn get_item(array: &Value, index: &Value) -> Result<Value, String> {
    let (items, index) = (items(array)?, integer(index)?);
    let item = usize::try_from(index).ok().and_then(|index| items.get(index));
    item.cloned().ok_or_else(|| format!("there is no item {index} in an array of {}", items.len()))
}

pub(super) fn length(array: &Value) -> Result<Value, String> {
    Ok(Value::from(items(array)?.len()))
}

pub(super) fn partition(array: &Value, size: &Value) -> Result<Value, String> {
    let (items, size) = (items(array)?, integer(size)?);
    match usize::try_from(size) {
        Ok(size) if size > 0 => {
            Ok(Value::Array(items.chunks(size).map(|chunk| Value::Array(chunk.to_vec())).collect()))
        }
        Ok(_) | Err(_) => Err(format!("the chunk size {size} is not positive")),
    }
}

/// Both ends belong to the range (documented example: 1, 9, 2 gives 1, 3, 5, 7, 9).
pub(super) fn range(first: &Value, last: &Value, step: &Value) -> Result<Value, String> {
    let (first, last, step) = (integer(first)?, integer(last)?, integer(step)?);
    if step == 0 {
        return Err("the increment is 0".to_owned());
    }
    let mut items = Vec::new();
    let mut next = first;
    while if step > 0 { next <= last } else { next >= last } {
        if items.len() as i64 == RANGE_LIMIT {
            return Err(format!("the range has more than {RANGE_LIMIT} items"));
        }
        items.push(Value::from(next));
        match next.checked_add(step) {
            Some(after) => next = after,
            None => break,
        }
    }
    Ok(Value::Array(items))
}

/// The first of every set of equal items; that their order stays is assumed.
pub(super) fn unique(array: &Value) -> Result<Value, String> {
    let mut unique: Vec<Value> = Vec::new();
    for item in items(array)? {
        if !unique.iter().any(|seen| same(seen, item)) {
            unique.push(item.clone());
        }
    }
    Ok(Value::Array(unique))
}

pub(super) fn math_add(a: &Value, b: &Value) -> Result<Value, String> {
    Ok(Value::from(small(a)? + small(b)?))
}

/// A number from `start` on and below `end`, by `chance` in `[0, 1)`.
pub(super) fn math_random(start: &Value, end: &Value, chance: f64) -> Result<Value, String> {
    let (start, end) = (small(start)?, small(end)?);
    if start >= end {
        return Err(format!("the start {start} is not below the end {end}"));
    }
    let width = end - start;
    Ok(Value::from(start + ((chance * width as f64) as i64).clamp(0, width - 1)))
}

/// Chance from a seed: the same seed always gives the same number (documented); which one is assumed. One round of
/// SplitMix64, so that neighbouring seeds give unlike numbers.
pub(super) fn seeded(seed: &Value) -> Result<f64, String> {
    let mut bits = (integer(seed)? as u64).wrapping_add(0x9E37_79B9_7F4A_7C15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^= bits >> 31;
    Ok((bits >> 11) as f64 / (1u64 << 53) as f64)
}
