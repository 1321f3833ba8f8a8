//! Numbers with a unit: exact percentages, durations, sizes of machines. Nothing here rounds.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A percentage from 0 to 100 with up to six decimals, exact: kept in millionths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Percent(u64);

/// Covered of all: lines, branches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Ratio {
    /// How many were covered.
    pub covered: u64,
    /// How many there are.
    pub total: u64,
}

/// A length of time in whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct Seconds(pub u64);

/// Why a text is not a quantity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {expected}")]
pub struct UnitError {
    /// What was given.
    pub text: String,
    /// What it should be.
    pub expected: &'static str,
}

impl Percent {
    const SCALE: u64 = 1_000_000;
    /// 100
    pub const ALL: Self = Self(100 * Self::SCALE);

    /// Reads `80`, `79.99`.
    ///
    /// # Errors
    /// When it is not a decimal number from 0 to 100 with at most six decimals.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error =
            || UnitError { text: text.to_owned(), expected: "a percentage from 0 to 100 with at most six decimals" };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let digits = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(fraction) || whole.len() > 3 || fraction.len() > 6 {
            return Err(error());
        }
        let whole: u64 = whole.parse().map_err(|_| error())?;
        let fraction: u64 = format!("{fraction:0<6}").parse().map_err(|_| error())?;
        let value = whole * Self::SCALE + fraction;
        if value > 100 * Self::SCALE { Err(error()) } else { Ok(Self(value)) }
    }

    /// Whether `ratio` reaches this percentage, compared without rounding. Nothing of nothing reaches every one.
    pub fn is_reached_by(self, ratio: Ratio) -> bool {
        u128::from(ratio.covered) * 100 * u128::from(Self::SCALE) >= u128::from(self.0) * u128::from(ratio.total)
    }

    /// A ratio of exactly this percentage.
    pub fn of_all(self) -> Ratio {
        Ratio { covered: self.0, total: Self::ALL.0 }
    }
}

impl fmt::Display for Percent {
    /// As written, without trailing zeros: `80`, `79.5`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, fraction) = (self.0 / Self::SCALE, self.0 % Self::SCALE);
        if fraction == 0 {
            return write!(f, "{whole}");
        }
        write!(f, "{whole}.{}", format!("{fraction:06}").trim_end_matches('0'))
    }
}

impl Ratio {
    /// The percentage with as many decimals (at least two when it is not whole) as tell it from `threshold`, cut and
    /// never rounded across it.
    pub fn display_against(self, threshold: Option<Percent>) -> String {
        if self.total == 0 {
            return "n/a".to_owned();
        }
        let at = |decimals: u32| -> (String, u128) {
            let scale = 10u128.pow(decimals);
            let cut = u128::from(self.covered) * 100 * scale / u128::from(self.total);
            let text = if decimals == 0 {
                format!("{cut}")
            } else {
                format!("{}.{:0width$}", cut / scale, cut % scale, width = decimals as usize)
            };
            (text, cut * 10u128.pow(12 - decimals))
        };
        let exact = (u128::from(self.covered) * 100) % u128::from(self.total) == 0;
        if exact {
            return at(0).0;
        }
        let decimals = match threshold {
            // The cut value is never above the true one, so only a true value above the threshold can be cut below it.
            Some(threshold) if threshold.is_reached_by(self) => {
                (2..=12).find(|d| at(*d).1 >= u128::from(threshold.0) * 1_000_000).unwrap_or(12)
            }
            Some(_) | None => 2,
        };
        at(decimals).0
    }

    /// How many points this percentage is above another, cut to two decimals: `+0.40`, `-1.25`, `+0.00`. `None` where one
    /// of the two is of nothing.
    pub fn points_above(self, other: Self) -> Option<String> {
        let (total, others) = (i128::from(self.total), i128::from(other.total));
        let difference = i128::from(self.covered) * others - i128::from(other.covered) * total;
        let hundredths = (difference * 10_000).checked_div(total * others)?;
        let sign = if difference < 0 { '-' } else { '+' };
        let size = hundredths.unsigned_abs();
        Some(format!("{sign}{}.{:02}", size / 100, size % 100))
    }

    /// The sum of two.
    pub fn plus(self, other: Self) -> Self {
        Self { covered: self.covered + other.covered, total: self.total + other.total }
    }
}

impl Seconds {
    /// Reads `45s`, `30m`, `2h`, `1h30m`.
    ///
    /// # Errors
    /// When it is not a number with a unit `s`, `m` or `h`, or several in falling order.
    pub fn parse(text: &str) -> Result<Self, UnitError> {
        let error = || UnitError { text: text.to_owned(), expected: "a duration such as 45s, 30m or 1h30m" };
        let mut total: u64 = 0;
        let mut number = String::new();
        let mut units = "hms";
        if text.is_empty() {
            return Err(error());
        }
        for c in text.chars() {
            if c.is_ascii_digit() {
                number.push(c);
                continue;
            }
            let at = units.find(c).ok_or_else(error)?;
            let seconds = match c {
                'h' => 3600,
                'm' => 60,
                _ => 1,
            };
            let count: u64 = number.parse().map_err(|_| error())?;
            total = count.checked_mul(seconds).and_then(|s| total.checked_add(s)).ok_or_else(error)?;
            units = &units[at + 1..];
            number.clear();
        }
        if number.is_empty() && total <= 31_536_000 { Ok(Self(total)) } else { Err(error()) }
    }
}

impl fmt::Display for Seconds {
    /// `1h30m`, `45s`, `0s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (h, m, s) = (self.0 / 3600, self.0 % 3600 / 60, self.0 % 60);
        if h > 0 {
            write!(f, "{h}h")?;
        }
        if m > 0 {
            write!(f, "{m}m")?;
        }
        if s > 0 || self.0 == 0 {
            write!(f, "{s}s")?;
        }
        Ok(())
    }
}

impl Serialize for Percent {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// The text that [`Percent`] is written as.
#[cfg(feature = "schema")]
impl schemars::JsonSchema for Percent {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Percent".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A percentage from 0 to 100, exact, as text: `80`, `79.5`.",
            "type": "string",
            "pattern": "^(100|[0-9]{1,2}([.][0-9]{1,6})?)$"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_hundredth_below_the_threshold_is_below_and_exactly_on_it_is_on_it() {
        let threshold = Percent::parse("80").unwrap();
        assert!(!threshold.is_reached_by(Ratio { covered: 7999, total: 10_000 }));
        assert!(threshold.is_reached_by(Ratio { covered: 8000, total: 10_000 }));
    }

    #[test]
    fn a_shown_percentage_never_crosses_its_threshold() {
        let threshold = Percent::parse("80").unwrap();
        let below = Ratio { covered: 799_999, total: 1_000_000 };
        assert_eq!(below.display_against(Some(threshold)), "79.99");
        let precise = Percent::parse("66.6666").unwrap();
        assert_eq!(Ratio { covered: 2, total: 3 }.display_against(Some(precise)), "66.6666");
    }

    #[test]
    fn a_change_is_told_in_points_and_a_loss_too_small_to_show_keeps_its_sign() {
        let of = |covered, total| Ratio { covered, total };
        assert_eq!(of(81, 100).points_above(of(4, 5)).as_deref(), Some("+1.00"));
        assert_eq!(of(1, 3).points_above(of(2, 3)).as_deref(), Some("-33.33"));
        assert_eq!(of(4, 5).points_above(of(80, 100)).as_deref(), Some("+0.00"));
        assert_eq!(of(999_999, 1_000_000).points_above(of(1, 1)).as_deref(), Some("-0.00"));
        assert_eq!(of(1, 1).points_above(of(0, 0)), None);
    }

    #[test]
    fn durations_read_back_as_they_are_shown() {
        for text in ["45s", "30m", "2h", "1h30m", "1h30m5s", "0s"] {
            assert_eq!(Seconds::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "30", "m", "30m2h", "1m1m", "-1s", "1.5h", "99999999999999999999s"] {
            assert!(Seconds::parse(text).is_err(), "{text}");
        }
    }
}
