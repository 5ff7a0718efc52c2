//! Instants of SAML: `xs:dateTime` in UTC with `Z` (Core §1.3.3). Every other form is refused.

use jiff::{civil::DateTime, tz::Offset};

/// Parses `2026-11-28T12:00:00.123Z` as microseconds since 1970. Accepts up to nine fraction digits and drops those below a
/// microsecond. An instant at the end of the year 9999, which means "never", becomes the latest instant that can be represented.
pub(crate) fn parse(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.strip_suffix('Z')?.split_at_checked(19)?;
    let nanoseconds = match fraction {
        "" => 0,
        _ => {
            let digits = fraction.strip_prefix('.').filter(|digits| (1..=9).contains(&digits.len()))?;
            format!("{:0<9}", number(digits).map(|_| digits)?).parse().ok()?
        }
    };
    let bytes = seconds.as_bytes();
    let shape = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    if !shape.iter().all(|&(at, byte)| bytes.get(at) == Some(&byte)) {
        return None;
    }
    let part = |from: usize, to: usize| seconds.get(from..to).and_then(number);
    let small = |from: usize| part(from, from + 2).and_then(|value| i8::try_from(value).ok());
    let year = i16::try_from(part(0, 4)?).ok()?;
    let civil =
        DateTime::new(year, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, nanoseconds).ok()?;
    // The year has four digits, so an instant can only be after the end of the range.
    Some(Offset::UTC.to_timestamp(civil).unwrap_or(jiff::Timestamp::MAX).as_microsecond())
}

/// Parses digits only: `str::parse` would accept a sign.
fn number(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// Formats microseconds since 1970 as `2026-11-28T12:00:00.123Z`, always with milliseconds.
pub(crate) fn text(micros: i64) -> String {
    jiff::Timestamp::from_microsecond(micros).map_or_else(|_| micros.to_string(), |at| format!("{at:.3}"))
}

/// Formats whole seconds since 1970, without a fraction.
pub(crate) fn text_of_seconds(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds).map_or_else(|_| seconds.to_string(), |at| at.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_instants_are_read_to_the_microsecond() {
        for (text, micros) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2023-11-14T22:13:20.123Z", 1_700_000_000_123_000),
            ("2023-11-14T22:13:20.1Z", 1_700_000_000_100_000),
            ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000),
            ("9999-12-31T23:59:59.9999999Z", jiff::Timestamp::MAX.as_microsecond()),
        ] {
            assert_eq!(parse(text), Some(micros), "{text}");
        }
        assert_eq!(text(1_700_000_000_123_456), "2023-11-14T22:13:20.123Z");
        assert_eq!(text(1_700_000_000_000_000), "2023-11-14T22:13:20.000Z");
        assert_eq!(text_of_seconds(1_700_000_000), "2023-11-14T22:13:20Z");
    }

    #[test]
    fn nothing_else_is_an_instant() {
        for text in [
            "",
            "Z",
            "2023-11-14",
            "2023-11-14T22:13:20",
            "2023-11-14T22:13:20+00:00",
            "2023-11-14T22:13:20z",
            "2023-11-14t22:13:20Z",
            "2023-11-14 22:13:20Z",
            "2023-11-14T22:13:20.Z",
            "2023-11-14T22:13:20.1234567890Z",
            "2023-11-14T22:13:20.-1Z",
            "2023-11-14T22:13:60Z",
            "2023-11-14T24:00:00Z",
            "2023-02-29T00:00:00Z",
            "+023-11-14T22:13:20Z",
            "-2023-11-14T22:13:20Z",
            "12023-11-14T22:13:20Z",
            " 2023-11-14T22:13:20Z",
            "2023-11-14T22:13:20Z ",
            "2023-1-14T22:13:20Z",
            "2023-11-14T22:13Z",
            "2023-11-14T22:13:20.1ZZ",
            "2023-11-14T22:13:2üZ",
            "２023-11-14T22:13:20Z",
            "0000-00-00T00:00:00Z",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
