//! The vendor's brand on every page: name, colors and logo, from the section `[brand]` of the configuration.

pub mod color;
mod logo;

use std::path::Path;

use color::Color;
pub use logo::Logo;

use crate::{config::Brand as Settings, pages::Asset};

/// The lowest contrast of text with its ground (WCAG 2.2 §1.4.3).
pub const LEAST_CONTRAST: f64 = 4.5;
/// The contrast of the dark theme's accent if none is configured.
const DARK_CONTRAST: f64 = 7.0;
/// The grounds of text in the light and in the dark theme; the stylesheet has the same.
const LIGHT: [Color; 3] = [Color::WHITE, Color::new(0xf6, 0xf7, 0xf9), Color::new(0xee, 0xf0, 0xf4)];
const DARK: [Color; 3] =
    [Color::new(0x16, 0x1a, 0x22), Color::new(0x0e, 0x11, 0x16), Color::new(0x0a, 0x0d, 0x12)];
/// Text on the dark theme's accent.
const ON_DARK: Color = Color::new(0x0e, 0x11, 0x16);
/// Our own name, for which our own icon is the logo.
const OWN_NAME: &str = "Vestibule";

/// The brand, ready for pages.
#[derive(Debug)]
pub struct Brand {
    /// The product's name.
    pub name: String,
    /// Where people get help, if anywhere.
    pub support_url: Option<String>,
    /// The product's documentation, if any.
    pub help_url: Option<String>,
    /// The product itself, if anywhere.
    pub product_url: Option<String>,
    /// Whether pages say that they are Vestibule's.
    pub show_vestibule: bool,
    /// The stylesheet with the brand's colors.
    pub style: Asset,
    /// The logo.
    pub logo: Asset,
}

/// The accent of both themes.
#[derive(Debug, Clone, Copy)]
pub struct Accents {
    light: Color,
    dark: Color,
}

impl Accents {
    /// Reads and checks the accents. An empty one of the dark theme comes from that of the light theme.
    ///
    /// # Errors
    /// The key, and what is wrong with its value: no color, or a contrast that is too low and the nearest color whose contrast is enough.
    pub fn of(accent: &str, accent_dark: &str) -> Result<Self, (&'static str, String)> {
        let ([white, ..], [raised, ..]) = (LIGHT, DARK);
        let light = readable("brand.accent", accent, ("white", white), Color::BLACK)?;
        let dark = match accent_dark {
            "" => light.nearest(Color::WHITE, &[raised], DARK_CONTRAST),
            text => readable("brand.accent_dark", text, ("the dark cards", raised), Color::WHITE)?,
        };
        Ok(Self { light, dark })
    }

    /// The custom properties of the accents. `--accent-text` is the accent where it has to be read on other grounds than a card.
    fn style(self) -> String {
        let (light_bg, dark_bg) =
            (Color::WHITE.mix(self.light, 26), Color::new(0x16, 0x1a, 0x22).mix(self.dark, 26));
        let text = |accent: Color, end, grounds: [Color; 3], tint| {
            let grounds: Vec<Color> = grounds.into_iter().chain([tint]).collect();
            accent.nearest(end, &grounds, LEAST_CONTRAST)
        };
        let pairs = [
            ("accent", self.light, self.dark),
            ("accent-bg", light_bg, dark_bg),
            (
                "accent-text",
                text(self.light, Color::BLACK, LIGHT, light_bg),
                text(self.dark, Color::WHITE, DARK, dark_bg),
            ),
            ("on-accent", Color::WHITE, ON_DARK),
        ];
        let properties = pairs.map(|(name, light, dark)| format!("--{name}:light-dark({light},{dark});"));
        format!(":root{{{}}}\n", properties.concat())
    }
}

/// Reads a color whose contrast with this ground must be enough.
fn readable(
    key: &'static str,
    text: &str,
    (named, ground): (&str, Color),
    end: Color,
) -> Result<Color, (&'static str, String)> {
    let Some(color) = Color::parse(text) else {
        return Err((key, "must be a color such as #3a4fd8".to_owned()));
    };
    let contrast = color.contrast(ground);
    if contrast >= LEAST_CONTRAST {
        return Ok(color);
    }
    let nearest = color.nearest(end, &[ground], LEAST_CONTRAST);
    // Rounded down, so that the sentence never says that 4.5 is less than 4.5.
    let shown = (contrast * 100.0).floor() / 100.0;
    Err((
        key,
        format!(
            "{color} has a contrast of {shown}:1 with {named}, and needs {LEAST_CONTRAST}:1; the nearest color that passes is {nearest}"
        ),
    ))
}

impl Brand {
    /// Reads the brand and its logo.
    ///
    /// # Errors
    /// A sentence that names the configuration key.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let accents = Accents::of(&settings.accent, &settings.accent_dark)
            .map_err(|(key, rule)| format!("{key} {rule}"))?;
        let logo = match settings.logo.as_str() {
            "" if settings.name == OWN_NAME => {
                Asset::new("image/svg+xml", crate::pages::ICON.as_bytes().to_vec())
            }
            "" => Asset::picture(Logo::letter(&settings.name, accents.light, Color::WHITE)),
            path => Asset::picture(Logo::read(Path::new(path))?),
        };
        let optional = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Ok(Self {
            name: settings.name.clone(),
            support_url: optional(&settings.support_url),
            product_url: optional(&settings.product_url),
            help_url: optional(&settings.help_url),
            show_vestibule: settings.show_vestibule,
            style: Asset::new("text/css; charset=utf-8", accents.style().into_bytes()),
            logo,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accent_that_is_hard_to_read_is_refused_with_the_nearest_that_passes() {
        for (accent, dark, key) in [
            ("#ffcc00", "", "brand.accent"),
            ("#777777", "", "brand.accent"),
            ("#3a4fd8", "#3a4fd8", "brand.accent_dark"),
            ("blue", "", "brand.accent"),
            ("", "", "brand.accent"),
            ("#3a4fd8", "#fff", "brand.accent_dark"),
        ] {
            assert_eq!(Accents::of(accent, dark).unwrap_err().0, key, "{accent} {dark}");
        }
        let (_, sentence) = Accents::of("#ffcc00", "").unwrap_err();
        assert!(sentence.contains("#ffcc00 has a contrast of 1.51:1 with white"), "{sentence}");
        let named = sentence.rsplit(' ').next().unwrap();
        Accents::of(named, "").unwrap();
        let (_, sentence) = Accents::of("#3a4fd8", "#3a4fd8").unwrap_err();
        Accents::of("#3a4fd8", sentence.rsplit(' ').next().unwrap()).unwrap();
    }

    #[test]
    fn every_accent_that_passes_can_be_read_wherever_it_is_written() {
        for accent in ["#3a4fd8", "#767676", "#b00020", "#006b3c", "#000000", "#8a5a00"] {
            let style = Accents::of(accent, "").unwrap().style();
            let pair = |name: &str| {
                let from = style.split(&format!("--{name}:light-dark(")).nth(1).unwrap();
                let (pair, _) = from.split_once(')').unwrap();
                let (light, dark) = pair.split_once(',').unwrap();
                (Color::parse(light).unwrap(), Color::parse(dark).unwrap())
            };
            let (text, tint) = (pair("accent-text"), pair("accent-bg"));
            for ground in LIGHT.into_iter().chain([tint.0]) {
                assert!(text.0.contrast(ground) >= LEAST_CONTRAST, "{accent} on {ground}: {style}");
            }
            for ground in DARK.into_iter().chain([tint.1]) {
                assert!(text.1.contrast(ground) >= LEAST_CONTRAST, "{accent} on {ground}: {style}");
            }
            let (fill, on) = (pair("accent"), pair("on-accent"));
            assert!(fill.0.contrast(on.0) >= LEAST_CONTRAST && fill.1.contrast(on.1) >= LEAST_CONTRAST);
        }
    }
}
