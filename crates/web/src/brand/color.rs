//! Colors and their contrast (WCAG 2.2, "contrast ratio" and "relative luminance"). Pure.

use std::fmt;

/// A color without transparency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Color {
    red: u8,
    green: u8,
    blue: u8,
}

impl fmt::Display for Color {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "#{:02x}{:02x}{:02x}", self.red, self.green, self.blue)
    }
}

impl Color {
    /// White.
    pub const WHITE: Self = Self::new(0xff, 0xff, 0xff);
    /// Black.
    pub const BLACK: Self = Self::new(0, 0, 0);

    /// A color of its parts.
    pub const fn new(red: u8, green: u8, blue: u8) -> Self {
        Self { red, green, blue }
    }

    /// Reads `#rrggbb`; `None` for any other text.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#')?;
        if digits.len() != 6 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
        Some(Self { red, green, blue })
    }

    /// How much this color contrasts with another, from 1 to 21.
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This color with a part of another, from 0 (none of it) to 255 (the other one).
    #[must_use]
    pub fn mix(self, other: Self, part: u8) -> Self {
        let mixed = |from: u8, to: u8| {
            let sum = u32::from(from) * u32::from(255 - part) + u32::from(to) * u32::from(part);
            u8::try_from((sum + 127) / 255).unwrap_or(u8::MAX)
        };
        Self {
            red: mixed(self.red, other.red),
            green: mixed(self.green, other.green),
            blue: mixed(self.blue, other.blue),
        }
    }

    /// The nearest color to this one, on the way to `end`, whose contrast with each ground is at least `least`. It is `end` itself if no
    /// color before it is enough.
    #[must_use]
    pub fn nearest(self, end: Self, grounds: &[Self], least: f64) -> Self {
        let enough = |color: &Self| grounds.iter().all(|ground| color.contrast(*ground) >= least);
        (0..=255).map(|part| self.mix(end, part)).find(enough).unwrap_or(end)
    }

    fn luminance(self) -> f64 {
        let linear = |part: u8| {
            let part = f64::from(part) / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn color(text: &str) -> Color {
        Color::parse(text).unwrap()
    }

    #[test]
    fn contrast_is_that_of_wcag() {
        for (one, two, ratio) in [
            ("#000000", "#ffffff", 21.0),
            ("#ffffff", "#ffffff", 1.0),
            ("#767676", "#ffffff", 4.54),
            ("#777777", "#ffffff", 4.48),
            ("#3a4fd8", "#ffffff", 6.38),
        ] {
            let found = color(one).contrast(color(two));
            assert!((found - ratio).abs() < 0.01, "{one} on {two}: {found}");
            assert!((found - color(two).contrast(color(one))).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn the_nearest_color_passes_and_the_one_before_it_does_not() {
        for text in ["#ffcc00", "#777777", "#ff00ff", "#00ff00", "#ffffff"] {
            let given = color(text);
            let nearest = given.nearest(Color::BLACK, &[Color::WHITE], 4.5);
            assert!(nearest.contrast(Color::WHITE) >= 4.5, "{text}: {nearest}");
            let part = (0..=255).find(|part| given.mix(Color::BLACK, *part) == nearest).unwrap();
            assert!(given.mix(Color::BLACK, part - 1).contrast(Color::WHITE) < 4.5, "{text}: {nearest}");
        }
        let enough = color("#123456");
        assert_eq!(enough.nearest(Color::BLACK, &[Color::WHITE], 4.5), enough);
    }

    #[test]
    fn a_color_is_read_as_it_is_written() {
        assert_eq!(color("#0aF9bC").to_string(), "#0af9bc");
        for text in ["", "#", "#fff", "#12345", "#1234567", "123456", "#12345g", "#+12345", "red", "#é1234"]
        {
            assert_eq!(Color::parse(text), None, "{text}");
        }
    }
}
