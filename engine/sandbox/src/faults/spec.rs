//! What faults are asked for: kinds, rates and the seed, read from one line of text. It injects nothing.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::answers;
use crate::service::Service;

/// What can go wrong on request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A call is refused as too frequent.
    Throttle,
    /// A call is refused as to somebody who may not make it.
    Deny,
    /// A call is answered with HTTP 500: before it was carried out, or after.
    Error,
    /// A call waits.
    Delay,
    /// The process ends itself as by SIGKILL: before a call is carried out, or after, and before it is answered.
    Crash,
    /// An event is delivered twice.
    Duplicate,
    /// An event is not delivered.
    Drop,
    /// An event is held back for a moment, so that later ones overtake it.
    Reorder,
}

impl Kind {
    const ALL: [Self; 8] =
        [Self::Throttle, Self::Deny, Self::Error, Self::Delay, Self::Crash, Self::Duplicate, Self::Drop, Self::Reorder];

    /// Its name, as a person writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Throttle => "throttle",
            Self::Deny => "deny",
            Self::Error => "error",
            Self::Delay => "delay",
            Self::Crash => "crash",
            Self::Duplicate => "duplicate",
            Self::Drop => "drop",
            Self::Reorder => "reorder",
        }
    }
}

/// Faults to inject, as in `seed=7,throttle=0.05,error=0.02,delay=0.1:50ms,duplicate=0.2,drop=0.1,reorder=0.2,crash=0.001`.
/// A rate is a share of calls or of events, from 0 to 1. Calls are those of role sessions and of state machines;
/// `callers=everyone` adds those of people, and `only=codebuild:StartBuild` leaves out every other operation's.
#[derive(Debug, Clone, PartialEq)]
pub struct Faults {
    pub(super) seed: u64,
    pub(super) rates: BTreeMap<Kind, f64>,
    pub(super) delay: Duration,
    pub(super) everyone: bool,
    /// `SERVICE:OPERATION`, when only calls of this one are hit.
    pub(super) only: Option<String>,
}

/// Why a text asks for no faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{part:?} is no fault: {reason}")]
pub struct FaultsError {
    part: String,
    reason: Reason,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reason {
    NoValue,
    Unknown,
    Twice,
    Seed,
    Rate,
    Delay,
    Callers,
    Only,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoValue => "write name=value, separated by commas",
            Self::Unknown => {
                "the names are seed, callers, only, throttle, deny, error, delay, crash, duplicate, drop and reorder"
            }
            Self::Twice => "it is given twice",
            Self::Seed => "a seed is a whole number",
            Self::Rate => "a rate is a number from 0 to 1",
            Self::Delay => "a delay is a rate and a time, such as 0.1:50ms",
            Self::Callers => "callers are roles or everyone",
            Self::Only => "only names a service (not S3) and its operation, such as codebuild:StartBuild",
        })
    }
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        let mut faults = Self { seed: 0, rates: BTreeMap::new(), delay: Duration::ZERO, everyone: false, only: None };
        let mut seen: Vec<&str> = Vec::new();
        for part in text.split(',') {
            let wrong = |reason| FaultsError { part: part.to_owned(), reason };
            let (name, value) = part.split_once('=').ok_or_else(|| wrong(Reason::NoValue))?;
            if seen.contains(&name) {
                return Err(wrong(Reason::Twice));
            }
            seen.push(name);
            match name {
                "seed" => faults.seed = value.parse().map_err(|_| wrong(Reason::Seed))?,
                "callers" => {
                    faults.everyone = match value {
                        "everyone" => true,
                        "roles" => false,
                        _ => return Err(wrong(Reason::Callers)),
                    }
                }
                "only" => {
                    let (name, operation) = value.split_once(':').ok_or_else(|| wrong(Reason::Only))?;
                    // Over HTTP, S3's calls are told apart by their methods alone.
                    let service = Service::named(name).filter(|service| *service != Service::S3);
                    let known = service.filter(|service| service.operations().contains(&operation));
                    let service = known.ok_or_else(|| wrong(Reason::Only))?;
                    faults.only = Some(format!("{}:{operation}", answers::name(service)));
                }
                _ => {
                    let kind = Kind::ALL.into_iter().find(|kind| kind.name() == name);
                    let kind = kind.ok_or_else(|| wrong(Reason::Unknown))?;
                    let rate_text = if kind == Kind::Delay {
                        let (rate_text, time) = value.split_once(':').ok_or_else(|| wrong(Reason::Delay))?;
                        faults.delay = duration(time).ok_or_else(|| wrong(Reason::Delay))?;
                        rate_text
                    } else {
                        value
                    };
                    faults.rates.insert(kind, rate(rate_text).ok_or_else(|| wrong(Reason::Rate))?);
                }
            }
        }
        Ok(faults)
    }
}

fn rate(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|rate| (0.0..=1.0).contains(rate))
}

/// `50ms` or `2s`
fn duration(text: &str) -> Option<Duration> {
    match text.strip_suffix("ms") {
        Some(number) => number.parse().ok().map(Duration::from_millis),
        None => text.strip_suffix('s')?.parse().ok().map(Duration::from_secs),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_every_name_once() {
        let text = "seed=7,throttle=0.05,error=0.02,delay=0.1:50ms,duplicate=0.2,drop=0.1,reorder=1,crash=0,deny=0,callers=everyone";
        let faults: Faults = text.parse().unwrap();
        assert_eq!((faults.seed, faults.delay, faults.everyone), (7, Duration::from_millis(50), true));
        assert_eq!(faults.rates.len(), Kind::ALL.len());
        let only: Faults = "error=1,only=codebuild:StartBuild".parse().unwrap();
        assert_eq!(only.only.as_deref(), Some("codebuild:StartBuild"));
        assert_eq!(faults.rates[&Kind::Drop].to_bits(), 0.1_f64.to_bits());
    }

    #[test]
    fn refuses_what_it_does_not_know_and_names_it() {
        for text in [
            "",
            "seed",
            "seed=-1",
            "thrott=0.1",
            "throttle=1.1",
            "throttle=-0.1",
            "throttle=NaN",
            "delay=0.1",
            "delay=0.1:5m",
            "delay=2:5ms",
            "callers=me",
            "only=StartBuild",
            "only=codebuild:StartNothing",
            "drop=0.1,drop=0.1",
            "drop=0.1,",
            " drop=0.1",
        ] {
            let error = text.parse::<Faults>().unwrap_err();
            assert!(text.contains(&error.part), "{text}: {error}");
        }
    }
}
