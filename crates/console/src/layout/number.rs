//! Numbers and durations as pages show them. Pure.

use vestibule_core::time::Micros;

/// A number with a comma after each three digits: "1,284".
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "-".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A duration that is short: "0.4 ms", "12 ms", "1.2 s".
#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
pub(crate) fn took(length: Micros) -> String {
    match length {
        ..10_000 => format!("{:.1} ms", length.max(0) as f64 / 1_000.0),
        10_000..1_000_000 => format!("{} ms", (length + 500) / 1_000),
        _ => format!("{:.1} s", length as f64 / 1_000_000.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_284, "1,284"), (1_000_000, "1,000,000"), (-1_234, "-1,234")]
        {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        for (length, text) in
            [(-5, "0.0 ms"), (420, "0.4 ms"), (12_400, "12 ms"), (999_400, "999 ms"), (1_240_000, "1.2 s")]
        {
            assert_eq!(took(length), text);
        }
    }
}
