//! Makes pictures smaller: Chromium writes three bytes for each pixel, and a page has few colours. Reads only the form that Chromium
//! writes (PNG 3rd edition: 8-bit RGB or RGBA, not interlaced), and writes it again with a palette.

use std::{
    collections::HashMap,
    io::{Read, Write},
    path::Path,
};

use flate2::{Compression, Crc, read::ZlibDecoder, write::ZlibEncoder};

/// Number of colours in a picture: those of the stylesheet and the most frequent others, for the shades of letters.
const COLOURS: usize = 64;

type Colour = [u8; 3];

/// Writes the picture again with a palette.
pub fn shrink(file: &Path) {
    let (width, pixels) = read(&std::fs::read(file).unwrap());
    let mut seen: HashMap<Colour, usize> = HashMap::new();
    pixels.iter().for_each(|pixel| *seen.entry(*pixel).or_default() += 1);
    let mut palette: Vec<Colour> = seen.keys().copied().collect();
    let named = named();
    palette.sort_by_key(|colour| (!named.contains(colour), std::cmp::Reverse(seen[colour]), *colour));
    palette.truncate(COLOURS);
    let nearest: HashMap<Colour, u8> =
        seen.into_keys().map(|colour| (colour, index(&palette, colour))).collect();
    let mut rows = Vec::with_capacity(pixels.len() + pixels.len() / width);
    for row in pixels.chunks(width) {
        // Filter type 0, the best for palettes (§12.7).
        rows.push(0);
        rows.extend(row.iter().map(|pixel| nearest[pixel]));
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&rows).unwrap();
    let mut header = Vec::new();
    header.extend(u32::try_from(width).unwrap().to_be_bytes());
    header.extend(u32::try_from(pixels.len() / width).unwrap().to_be_bytes());
    header.extend([8, 3, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut png, *b"IHDR", &header);
    chunk(&mut png, *b"PLTE", palette.as_flattened());
    chunk(&mut png, *b"IDAT", &encoder.finish().unwrap());
    chunk(&mut png, *b"IEND", &[]);
    std::fs::write(file, png).unwrap();
}

/// Returns the colours of the stylesheet.
fn named() -> Vec<Colour> {
    let hex = vestibule_web::pages::STYLE.split('#').skip(1).filter_map(|rest| rest.get(..6));
    hex.filter_map(|digits| u32::from_str_radix(digits, 16).ok())
        .map(|number| [1, 2, 3].map(|place| number.to_be_bytes()[place]))
        .collect()
}

/// Returns the index of the nearest colour.
fn index(palette: &[Colour], colour: Colour) -> u8 {
    let apart = |other: &Colour| -> u32 {
        other.iter().zip(colour).map(|(one, two)| u32::from(one.abs_diff(two)).pow(2)).sum()
    };
    let nearest = (0..palette.len()).min_by_key(|place| apart(&palette[*place])).unwrap();
    u8::try_from(nearest).unwrap()
}

fn chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    png.extend(u32::try_from(data.len()).unwrap().to_be_bytes());
    let from = png.len();
    png.extend(kind);
    png.extend(data);
    let mut crc = Crc::new();
    crc.update(&png[from..]);
    png.extend(crc.sum().to_be_bytes());
}

/// Returns the width and the pixels.
fn read(png: &[u8]) -> (usize, Vec<Colour>) {
    let number =
        |at: usize| usize::try_from(u32::from_be_bytes(png[at..at + 4].try_into().unwrap())).unwrap();
    let (width, height) = (number(16), number(20));
    let bytes = match png[24..29] {
        [8, 2, 0, 0, 0] => 3,
        [8, 6, 0, 0, 0] => 4,
        ref other => panic!("a PNG of another kind: {other:?}"),
    };
    let (mut packed, mut at) = (Vec::new(), 8);
    while at < png.len() {
        let length = number(at);
        if &png[at + 4..at + 8] == b"IDAT" {
            packed.extend(&png[at + 8..at + 8 + length]);
        }
        at += length + 12;
    }
    let mut rows = Vec::new();
    ZlibDecoder::new(packed.as_slice()).read_to_end(&mut rows).unwrap();
    let mut before = vec![0; width * bytes];
    let mut pixels = Vec::with_capacity(width * height);
    for row in rows.chunks_mut(width * bytes + 1) {
        let (filter, row) = row.split_first_mut().unwrap();
        unfilter(*filter, row, &before, bytes);
        pixels.extend(row.chunks(bytes).map(|pixel| [pixel[0], pixel[1], pixel[2]]));
        before.copy_from_slice(row);
    }
    (width, pixels)
}

/// Undoes the filter of a row (§9.2).
fn unfilter(filter: u8, row: &mut [u8], above: &[u8], bytes: usize) {
    for at in 0..row.len() {
        let (left, corner) = if at < bytes { (0, 0) } else { (row[at - bytes], above[at - bytes]) };
        let up = above[at];
        let add = match filter {
            0 => 0,
            1 => left,
            2 => up,
            3 => u8::try_from((u16::from(left) + u16::from(up)) / 2).unwrap(),
            _ => paeth(left, up, corner),
        };
        row[at] = row[at].wrapping_add(add);
    }
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let guess = i16::from(left) + i16::from(up) - i16::from(corner);
    [left, up, corner].into_iter().min_by_key(|near| (guess - i16::from(*near)).abs()).unwrap()
}
