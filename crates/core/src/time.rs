//! Time: microseconds since 1970-01-01T00:00:00Z, and how it is written as text.

/// A moment, in microseconds since 1970-01-01T00:00:00Z, or a duration in microseconds.
pub type Micros = i64;

/// One second, in [`Micros`].
pub const SECOND: Micros = 1_000_000;

/// The moment as RFC 3339 in UTC, as SCIM's `dateTime` (RFC 7643 §2.3.5), with a fraction if there is one. Empty if it is out of range.
pub fn rfc3339(at: Micros) -> String {
    match jiff::Timestamp::from_microsecond(at) {
        Ok(at) => at.to_string(),
        Err(_) => String::new(),
    }
}

/// Reads a moment in RFC 3339; `None` if the text is none.
pub fn parse_rfc3339(text: &str) -> Option<Micros> {
    text.parse::<jiff::Timestamp>().ok().map(|at| at.as_microsecond())
}

/// The moment relative to now: "just now", "5 min ago", "in 3 h", "12 days ago".
pub fn relative(at: Micros, now: Micros) -> String {
    let seconds = (now - at) / SECOND;
    match seconds.abs() {
        0..=44 => "just now".to_owned(),
        _ if seconds >= 0 => format!("{} ago", span(now - at)),
        _ => format!("in {}", span(at - now)),
    }
}

/// A duration as text: "5 min", "3 h", "12 days".
pub fn span(length: Micros) -> String {
    let seconds = length / SECOND;
    let (amount, unit) = match seconds {
        ..=5_399 => ((seconds + 30) / 60, "min"),
        5_400..=129_599 => ((seconds + 1_800) / 3_600, "h"),
        other => ((other + 43_200) / 86_400, "days"),
    };
    format!("{amount} {unit}")
}

/// The day in UTC, without its year: "Nov 13".
pub fn short_day(at: Micros) -> String {
    written(at, "%b %-d")
}

/// The minute in UTC, without its year: "Nov 13, 19:34".
pub fn short_minute(at: Micros) -> String {
    written(at, "%b %-d, %H:%M")
}

/// The moment in UTC in this form. Empty if it is out of range.
fn written(at: Micros, form: &str) -> String {
    let at = jiff::Timestamp::from_microsecond(at);
    at.map(|at| at.strftime(form).to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_survives_writing_and_reading() {
        assert_eq!(rfc3339(1_700_000_000_123_000), "2023-11-14T22:13:20.123Z");
        assert_eq!(parse_rfc3339("2023-11-14T22:13:20.123Z"), Some(1_700_000_000_123_000));
        assert_eq!(parse_rfc3339("yesterday"), None);
    }

    #[test]
    fn a_short_time_has_no_year() {
        assert_eq!(short_day(1_700_000_000_123_000), "Nov 14");
        assert_eq!(short_minute(1_700_000_000_123_000), "Nov 14, 22:13");
        assert_eq!(short_day(Micros::MAX), "");
    }

    #[test]
    fn times_are_told_as_people_tell_them() {
        let minute = 60 * SECOND;
        for (ago, words) in
            [(0, "just now"), (2, "2 min ago"), (120, "2 h ago"), (2880, "2 days ago"), (-180, "in 3 h")]
        {
            assert_eq!(relative(0, ago * minute), words);
        }
    }
}
