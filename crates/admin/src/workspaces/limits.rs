//! Limits of sessions as typed, each in the unit of its field.

use crate::refusal::{Refusal, field};

/// A limit within its bounds, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds(i64);

impl Seconds {
    /// The number of seconds.
    pub fn get(self) -> i64 {
        self.0
    }
}

/// A limit that is typed as a whole number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// How long a session lasts at most, in hours.
    SessionHours,
    /// How long a session lasts without a request, in minutes.
    IdleMinutes,
    /// How long ago people may have authenticated, in seconds.
    MaxAge,
    /// How long ago people may have authenticated, in minutes.
    MaxAgeMinutes,
}

impl Limit {
    /// Name of the field, least and largest number, seconds of its unit.
    fn terms(self) -> (&'static str, i64, i64, i64) {
        match self {
            Self::SessionHours => ("session_hours", 1, 8760, 3600),
            Self::IdleMinutes => ("idle_minutes", 0, 525_600, 60),
            Self::MaxAge => ("max_age", 0, 31_536_000, 1),
            Self::MaxAgeMinutes => ("max_age_minutes", 0, 525_600, 60),
        }
    }

    /// The limit in seconds; `None` stays `None`.
    pub fn read(self, number: Option<i64>) -> Result<Option<Seconds>, Refusal> {
        let (_, least, most, unit) = self.terms();
        match number {
            None => Ok(None),
            Some(number) if (least..=most).contains(&number) => Ok(Some(Seconds(number * unit))),
            Some(_) => self.refuse(),
        }
    }

    /// As [`Limit::read`], of a text; an empty one is `None`.
    pub fn parse(self, text: &str) -> Result<Option<Seconds>, Refusal> {
        match text.parse() {
            _ if text.is_empty() => Ok(None),
            Ok(number) => self.read(Some(number)),
            Err(_) => self.refuse(),
        }
    }

    fn refuse<T>(self) -> Result<T, Refusal> {
        let (name, least, most, _) = self.terms();
        field(name, format!("must be a whole number from {least} to {most}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_bounds() {
        for (limit, number, seconds) in [
            (Limit::SessionHours, 1, Some(3600)),
            (Limit::SessionHours, 8760, Some(31_536_000)),
            (Limit::SessionHours, 0, None),
            (Limit::SessionHours, i64::MAX, None),
            (Limit::IdleMinutes, 0, Some(0)),
            (Limit::IdleMinutes, 525_601, None),
            (Limit::MaxAge, 31_536_000, Some(31_536_000)),
            (Limit::MaxAge, -1, None),
            (Limit::MaxAgeMinutes, 525_600, Some(31_536_000)),
        ] {
            let read = limit.read(Some(number)).ok().flatten().map(Seconds::get);
            assert_eq!(read, seconds, "{limit:?} {number}");
            assert_eq!(limit.parse(&number.to_string()).ok().flatten().map(Seconds::get), seconds);
        }
        assert_eq!(Limit::SessionHours.read(None).unwrap(), None);
        assert_eq!(Limit::SessionHours.parse("").unwrap(), None);
        let refused = Limit::SessionHours.parse("1.5").unwrap_err().to_string();
        assert_eq!(refused, "session_hours must be a whole number from 1 to 8760");
    }
}
