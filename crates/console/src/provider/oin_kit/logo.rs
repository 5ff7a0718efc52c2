//! The logo, held against what Okta takes: a PNG, JPG or GIF below 1 MB, best in landscape and at least 420 by 120 pixels (Okta, *OIN
//! submission requirements*, Logo guidelines).

use std::path::Path;

use vestibule_web::{brand::Logo, config};

use super::Field;

/// The least size, in pixels.
const LEAST: (u32, u32) = (420, 120);

/// The field of the logo.
pub(super) fn field(settings: &config::Brand) -> Result<Field, String> {
    let note = "PNG, JPG or GIF, below 1 MB; best a PNG with transparent ground, in landscape, at least 420 by 120 pixels".to_owned();
    if settings.logo.is_empty() {
        let problem = Some("brand.logo is not set".to_owned());
        return Ok(Field { label: "Logo", value: String::new(), note, problem });
    }
    let problem = problem(&Logo::read(Path::new(&settings.logo))?.bytes);
    Ok(Field { label: "Logo", value: settings.logo.clone(), note, problem })
}

/// Why Okta would not take a picture.
fn problem(picture: &[u8]) -> Option<String> {
    let Some((width, height)) = png_size(picture) else {
        return Some("brand.logo is an SVG, which Okta does not take: hand in a PNG of it".to_owned());
    };
    if width < LEAST.0 || height < LEAST.1 || width < height {
        return Some(format!(
            "brand.logo has {width} by {height} pixels: hand in one in landscape of at least {} by {}",
            LEAST.0, LEAST.1
        ));
    }
    None
}

/// Width and height of a PNG (PNG, third edition, §11.2.1: the first chunk is IHDR).
fn png_size(picture: &[u8]) -> Option<(u32, u32)> {
    let rest = picture.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
    let number = |from: usize| Some(u32::from_be_bytes(rest.get(from..from + 4)?.try_into().ok()?));
    Some((number(8)?, number(12)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut picture = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
        picture.extend(width.to_be_bytes());
        picture.extend(height.to_be_bytes());
        picture
    }

    #[test]
    fn a_logo_that_okta_would_not_take_is_named() {
        assert_eq!(problem(&png(840, 240)), None);
        for small in [png(419, 120), png(420, 119), png(500, 600)] {
            assert!(problem(&small).unwrap().contains("at least 420 by 120"));
        }
        assert!(problem(b"<svg/>").unwrap().contains("SVG"));
        assert!(problem(b"\x89PNG\r\n\x1a\n\0").unwrap().contains("SVG"), "a torn file has no size");
    }
}
