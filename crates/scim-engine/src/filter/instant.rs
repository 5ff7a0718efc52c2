//! Parses RFC 3339 date-times, so that `2026-01-01T01:00:00+01:00` equals `2026-01-01T00:00:00Z`.

/// A point in time: seconds since 1970 UTC, and nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant {
    seconds: i64,
    nanoseconds: u32,
}

impl Instant {
    /// Parses an `xsd:dateTime` (RFC 7643 §2.3.5). Without an offset it is UTC.
    pub fn parse(text: &str) -> Option<Self> {
        let mut digits = Digits(text);
        let year = digits.number(4)?;
        let month = digits.after("-")?.number(2)?;
        let day = digits.after("-")?.number(2)?;
        let hour = digits.after("Tt")?.number(2)?;
        let minute = digits.after(":")?.number(2)?;
        let second = digits.after(":")?.number(2)?;
        // Second 60 is a leap second and equals the first second of the next minute.
        if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) {
            return None;
        }
        if hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let nanoseconds = digits.fraction()?;
        let offset = digits.offset()?;
        let seconds =
            days_from_epoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
        Some(Self { seconds, nanoseconds })
    }

    /// Microseconds since 1970 UTC, rounded down: the unit of the database.
    pub fn as_micros(self) -> i64 {
        self.seconds * 1_000_000 + i64::from(self.nanoseconds / 1000)
    }

    /// Whether [`Instant::as_micros`] is exact.
    pub fn is_whole_micros(self) -> bool {
        self.nanoseconds.is_multiple_of(1000)
    }
}

struct Digits<'a>(&'a str);

impl Digits<'_> {
    fn number(&mut self, count: usize) -> Option<i64> {
        let (digits, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())?
    }

    fn after(&mut self, one_of: &str) -> Option<&mut Self> {
        self.0 = self.0.strip_prefix(|letter| one_of.contains(letter))?;
        Some(self)
    }

    /// Parses an optional `.` with digits, as nanoseconds. Drops further digits.
    fn fraction(&mut self) -> Option<u32> {
        let Some(rest) = self.0.strip_prefix('.') else { return Some(0) };
        let after = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
        let digits = rest.strip_suffix(after)?;
        self.0 = after;
        if digits.is_empty() {
            return None;
        }
        digits.chars().chain(std::iter::repeat('0')).take(9).collect::<String>().parse().ok()
    }

    /// Parses `Z`, `±hh:mm` or nothing at the end of the text, as seconds east of UTC.
    fn offset(&mut self) -> Option<i64> {
        if self.0.is_empty() || self.0.eq_ignore_ascii_case("z") {
            return Some(0);
        }
        let sign = if self.0.starts_with('-') { -1 } else { 1 };
        let hours = self.after("+-")?.number(2)?;
        let minutes = self.after(":")?.number(2)?;
        (self.0.is_empty() && hours <= 23 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar. Computes with years that begin in March, so that the leap
/// day is the last.
fn days_from_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
