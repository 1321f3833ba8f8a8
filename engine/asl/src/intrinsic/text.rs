//! The intrinsic functions on strings and JSON text. Never accepts an argument of the wrong type.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use serde_json::Value;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::scope::Chance;

/// `States.Base64Encode`, `States.Base64Decode` and `States.Hash` take at most this many characters.
const DATA_LIMIT: usize = 10_000;

fn string(value: &Value) -> Result<&str, String> {
    value.as_str().ok_or_else(|| format!("{value} is not a string"))
}

fn limited(text: &str) -> Result<&str, String> {
    let length = text.chars().count();
    if length > DATA_LIMIT { Err(format!("{length} characters are more than {DATA_LIMIT}")) } else { Ok(text) }
}

pub(super) fn base64_encode(data: &Value) -> Result<Value, String> {
    Ok(Value::String(STANDARD.encode(limited(string(data)?)?)))
}

pub(super) fn base64_decode(data: &Value) -> Result<Value, String> {
    let bytes = STANDARD.decode(limited(string(data)?)?).map_err(|error| format!("the data is not base64: {error}"))?;
    String::from_utf8(bytes).map(Value::String).map_err(|_| "the decoded data is not UTF-8 text".to_owned())
}

/// How many `{}` a template of `States.Format` has.
pub(super) fn slots(template: &str) -> usize {
    pieces(template).iter().filter(|piece| matches!(piece, Piece::Slot)).count()
}

enum Piece {
    Text(char),
    Slot,
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        pieces.push(match (c, chars.peek()) {
            ('{', Some('}')) => {
                chars.next();
                Piece::Slot
            }
            ('\\', Some(&escaped @ ('{' | '}' | '\\'))) => {
                chars.next();
                Piece::Text(escaped)
            }
            (c, _) => Piece::Text(c),
        });
    }
    pieces
}

/// Replaces each `{}` by the text of the next value: a string without quotes, a number, a boolean or null, "the Value
/// MUST NOT be a JSON array or object" (specification, "States.Format").
pub(super) fn format(template: &Value, values: &[Value]) -> Result<Value, String> {
    let template = string(template)?;
    let mut text = String::new();
    let mut values_left = values.iter();
    for piece in pieces(template) {
        match piece {
            Piece::Text(c) => text.push(c),
            Piece::Slot => match values_left.next() {
                Some(Value::String(value)) => text.push_str(value),
                Some(value @ (Value::Null | Value::Bool(_) | Value::Number(_))) => text.push_str(&value.to_string()),
                Some(value @ (Value::Array(_) | Value::Object(_))) => {
                    return Err(format!("{value} is an array or object; use States.JsonToString"));
                }
                None => return Err(format!("{template:?} has more {{}} than there are values")),
            },
        }
    }
    match values_left.next() {
        None => Ok(Value::String(text)),
        Some(_) => Err(format!("{template:?} has fewer {{}} than there are values")),
    }
}

pub(super) fn hash(data: &Value, algorithm: &Value) -> Result<Value, String> {
    let data = limited(string(data)?)?;
    let digest = match string(algorithm)? {
        "MD5" => hex::encode(Md5::digest(data)),
        "SHA-1" => hex::encode(Sha1::digest(data)),
        "SHA-256" => hex::encode(Sha256::digest(data)),
        "SHA-384" => hex::encode(Sha384::digest(data)),
        "SHA-512" => hex::encode(Sha512::digest(data)),
        other => return Err(format!("{other:?} is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512")),
    };
    Ok(Value::String(digest))
}

/// Members of the second object win. "Step Functions only supports the shallow merging mode": the third argument must
/// be false.
pub(super) fn json_merge(first: &Value, second: &Value, deep: &Value) -> Result<Value, String> {
    if deep != &Value::Bool(false) {
        return Err(format!("the third argument is {deep}, only false (a shallow merge) exists"));
    }
    match (first, second) {
        (Value::Object(first), Value::Object(second)) => {
            let mut merged = first.clone();
            merged.extend(second.clone());
            Ok(Value::Object(merged))
        }
        (Value::Object(_), other) | (other, _) => Err(format!("{other} is not an object")),
    }
}

/// Every character of the second argument separates; empty pieces are left out (recorded: ",,,," gives no piece).
pub(super) fn split(data: &Value, separators: &Value) -> Result<Value, String> {
    let (data, separators) = (string(data)?, string(separators)?);
    let pieces = data.split(|c| separators.contains(c)).filter(|piece| !piece.is_empty());
    Ok(Value::Array(pieces.map(Value::from).collect()))
}

pub(super) fn string_to_json(data: &Value) -> Result<Value, String> {
    serde_json::from_str(string(data)?).map_err(|error| format!("the string is not JSON: {error}"))
}

/// A version 4 UUID.
pub(super) fn uuid(chance: Chance<'_>) -> String {
    let mut bytes = [0u8; 16];
    for byte in &mut bytes {
        *byte = (chance() * 256.0) as u8;
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let digits = hex::encode(bytes);
    format!("{}-{}-{}-{}-{}", &digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..])
}
