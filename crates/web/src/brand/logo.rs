//! The logo: a file of the operator, or a square with the first letter of the name.

use std::{io::Read, path::Path};

use super::color::Color;

/// The largest logo, in bytes.
const MOST: u64 = 256 * 1024;

/// A picture.
#[derive(Debug, Clone)]
pub struct Logo {
    /// Its media type.
    pub content_type: &'static str,
    /// Its file name, for a download.
    pub file_name: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Logo {
    /// Reads the file.
    ///
    /// # Errors
    /// A sentence about the file that begins with "brand.logo".
    pub fn read(path: &Path) -> Result<Self, String> {
        let named = path.display();
        let unreadable = |error| format!("brand.logo names {named}, which cannot be read: {error}");
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(MOST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > MOST {
            return Err(format!("brand.logo names {named}, which is larger than {} KiB", MOST / 1024));
        }
        Self::of(bytes).ok_or_else(|| format!("brand.logo names {named}, which is neither an SVG nor a PNG"))
    }

    fn of(bytes: Vec<u8>) -> Option<Self> {
        if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
            return Some(Self { content_type: "image/png", file_name: "logo.png", bytes });
        }
        let text = std::str::from_utf8(&bytes).ok()?;
        text.contains("<svg").then_some(())?;
        Some(Self::svg(bytes))
    }

    fn svg(bytes: Vec<u8>) -> Self {
        Self { content_type: "image/svg+xml", file_name: "logo.svg", bytes }
    }

    /// A square of this color with the first letter of the name.
    pub(super) fn letter(name: &str, ground: Color, ink: Color) -> Self {
        let letter: String = name.chars().find(|letter| letter.is_alphanumeric()).into_iter().collect();
        Self::svg(
            format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 32 32\"><rect width=\"32\" height=\"32\" rx=\"8\" fill=\"{ground}\"/>\
                 <text x=\"16\" y=\"22.5\" text-anchor=\"middle\" font-family=\"system-ui,sans-serif\" font-size=\"18\" font-weight=\"700\" \
                 fill=\"{ink}\">{}</text></svg>",
                letter.to_uppercase()
            )
            .into_bytes(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_logo_is_an_svg_or_a_png_of_bounded_size() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            path
        };
        let svg = Logo::read(&file("a.svg", b"<?xml version=\"1.0\"?><svg xmlns=\"x\"/>")).unwrap();
        assert_eq!(svg.content_type, "image/svg+xml");
        let png = Logo::read(&file("a.png", b"\x89PNG\r\n\x1a\nrest")).unwrap();
        assert_eq!(png.content_type, "image/png");
        let large = vec![b' '; usize::try_from(MOST).unwrap() + 1];
        for (path, says) in [
            (file("b.html", b"<html><script>"), "neither an SVG nor a PNG"),
            (file("c.gif", b"GIF89a\xff\xfe"), "neither an SVG nor a PNG"),
            (file("d.svg", &large), "larger than 256 KiB"),
            (folder.path().join("nothing"), "cannot be read"),
        ] {
            let refusal = Logo::read(&path).unwrap_err();
            assert!(refusal.starts_with("brand.logo") && refusal.contains(says), "{refusal}");
        }
    }

    #[test]
    fn a_name_without_a_letter_has_a_plain_square() {
        let logo = |name| String::from_utf8(Logo::letter(name, Color::BLACK, Color::WHITE).bytes).unwrap();
        assert!(logo("northwind").contains(">N</text>"));
        assert!(logo("<&").contains("></text>"));
    }
}
