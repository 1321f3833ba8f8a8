//! Lists that are answered in pages. A token is the number of items already given, so that it stays valid after a
//! restart; a list that changes meanwhile may repeat or miss an item, as AWS's own do.

use serde_json::{Value, json};

use crate::AwsError;
use crate::fields::Fields;

/// Which page a call asks for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Page {
    from: usize,
    size: usize,
}

impl Page {
    /// Reads token and size from a call's fields, with the service's own names, bounds and error codes.
    ///
    /// # Errors
    /// `bad_token`, `bad_size`.
    pub(crate) fn read(
        fields: &mut Fields,
        token: &str,
        size: &str,
        default: u64,
        most: u64,
        bad_token: &str,
        bad_size: &str,
    ) -> Result<Self, AwsError> {
        let wanted = fields.u64(size)?.unwrap_or(default);
        if !(1..=most).contains(&wanted) {
            return Err(AwsError::client(bad_size, format!("{size} {wanted} is not between 1 and {most}")));
        }
        let from = match fields.str(token)? {
            None => 0,
            Some(text) => text.strip_prefix("page-").and_then(|number| number.parse().ok()).ok_or_else(|| {
                AwsError::client(bad_token, format!("the token {text:?} was not given by this service"))
            })?,
        };
        Ok(Self { from, size: usize::try_from(wanted).unwrap_or(usize::MAX) })
    }

    /// The items of this page, and the token of the next one.
    pub(crate) fn cut<T>(self, items: Vec<T>) -> (Vec<T>, Option<String>) {
        let end = self.from.saturating_add(self.size);
        let next = (end < items.len()).then(|| format!("page-{end}"));
        (items.into_iter().skip(self.from).take(self.size).collect(), next)
    }
}

/// Adds the token of the next page, when there is one.
pub(crate) fn with_token(mut answer: Value, name: &str, token: Option<String>) -> Value {
    if let Some(token) = token {
        answer[name] = json!(token);
    }
    answer
}
