//! Whether an upload arrived as it was sent: its `Content-MD5`, and its `x-amz-checksum-…` as a header or a trailer
//! (*documented*: S3, "Checking object integrity"). It keeps no checksum and answers none.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::AwsError;

/// Names that only look like a checksum's.
const ABOUT: [&str; 3] = ["x-amz-checksum-mode", "x-amz-checksum-type", "x-amz-checksum-algorithm"];

/// Holds a body against what one header or trailer says of it; others say nothing.
///
/// # Errors
/// `InvalidDigest`, `BadDigest`, or that the algorithm is not emulated.
pub(super) fn verify(name: &str, value: &str, body: &[u8]) -> Result<(), AwsError> {
    let algorithm = match name.strip_prefix("x-amz-checksum-") {
        Some(algorithm) if !ABOUT.contains(&name) => algorithm,
        None if name == "content-md5" => "md5",
        Some(_) | None => return Ok(()),
    };
    let actual = match algorithm {
        "md5" => Md5::digest(body).to_vec(),
        "sha1" => Sha1::digest(body).to_vec(),
        "sha256" => Sha256::digest(body).to_vec(),
        "crc32" => crc(0xedb8_8320, 32, body),
        "crc32c" => crc(0x82f6_3b78, 32, body),
        "crc64nvme" => crc(0x9a6c_9329_ac4b_c9b5, 64, body),
        _ => return Err(AwsError::not_emulated(format!("{name} of S3"))),
    };
    let Ok(said) = STANDARD.decode(value) else {
        return Err(AwsError::client("InvalidDigest", format!("the value {value:?} of {name} is not Base64")));
    };
    if said == actual {
        return Ok(());
    }
    let text = format!("The {name} you specified did not match what we received.");
    Err(AwsError::client("BadDigest", text))
}

/// A reflected CRC that begins and ends inverted, in network order. `polynomial` is reflected too.
fn crc(polynomial: u64, bits: u32, body: &[u8]) -> Vec<u8> {
    let mask = u64::MAX >> (64 - bits);
    let table: Vec<u64> = (0..256_u64)
        .map(|byte| (0..8).fold(byte, |rest, _| if rest & 1 == 1 { rest >> 1 ^ polynomial } else { rest >> 1 }))
        .collect();
    let step = |rest: u64, byte: &u8| rest >> 8 ^ table[usize::from(rest.to_le_bytes()[0] ^ byte)];
    let crc = body.iter().fold(mask, step) ^ mask;
    crc.to_be_bytes()[8 - (bits / 8) as usize..].to_vec()
}

#[cfg(test)]
mod tests {
    use super::crc;

    #[test]
    fn gives_the_check_values_of_the_three_algorithms() {
        let check = |polynomial, bits| hex::encode(crc(polynomial, bits, b"123456789"));
        assert_eq!(check(0xedb8_8320, 32), "cbf43926");
        assert_eq!(check(0x82f6_3b78, 32), "e3069283");
        assert_eq!(check(0x9a6c_9329_ac4b_c9b5, 64), "ae8b14860a799888");
    }
}
