//! Authenticated encryption of a stream in chunks (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár): XChaCha20-Poly1305,
//! where the nonce of a chunk is its number and whether it is the last one. A stream that was cut off, or whose chunks were changed,
//! moved, repeated or left out, is refused. A key must encrypt one stream only.

use std::io::{self, Error, ErrorKind, Read, Write};

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};

/// Bytes of plain text in a chunk. Only the last chunk may be shorter.
const CHUNK: usize = 65_536;
/// Bytes that the encryption adds to a chunk.
const TAG: usize = 16;

struct Chunks {
    cipher: XChaCha20Poly1305,
    associated: Vec<u8>,
    number: u32,
}

impl Chunks {
    fn new(key: &[u8; 32], associated: &[u8]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(key.into()), associated: associated.to_vec(), number: 0 }
    }

    /// The nonce of the next chunk.
    fn nonce(&mut self, last: bool) -> io::Result<XNonce> {
        let mut nonce = [0; 24];
        if let Some(place) = nonce.get_mut(19..23) {
            place.copy_from_slice(&self.number.to_be_bytes());
        }
        if let Some(flag) = nonce.last_mut() {
            *flag = u8::from(last);
        }
        self.number = self.number.checked_add(1).ok_or_else(|| Error::other("the stream is too long"))?;
        Ok(XNonce::from(nonce))
    }
}

/// Encrypts what is written to it. Nothing is complete before [`Encrypted::finish`].
pub struct Encrypted<W: Write> {
    out: W,
    chunks: Chunks,
    pending: Vec<u8>,
}

impl<W: Write> Encrypted<W> {
    /// Begins a stream. `associated` is authenticated with each chunk, such as a header.
    pub fn new(out: W, key: &[u8; 32], associated: &[u8]) -> Self {
        Self { out, chunks: Chunks::new(key, associated), pending: Vec::with_capacity(CHUNK) }
    }

    fn emit(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.chunks.nonce(last)?;
        let payload = Payload { msg: &self.pending, aad: &self.chunks.associated };
        let sealed =
            self.chunks.cipher.encrypt(&nonce, payload).map_err(|_| Error::other("cannot encrypt"))?;
        self.pending.clear();
        self.out.write_all(&sealed)
    }

    /// Writes the last chunk and returns what is below.
    ///
    /// # Errors
    /// When writing fails.
    pub fn finish(mut self) -> io::Result<W> {
        self.emit(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Encrypted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more follows, because the last one is marked.
        if self.pending.len() == CHUNK && !bytes.is_empty() {
            self.emit(false)?;
        }
        let (now, _) = bytes.split_at(bytes.len().min(CHUNK - self.pending.len()));
        self.pending.extend_from_slice(now);
        Ok(now.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Decrypts a stream. It returns only bytes of chunks that were verified, and ends only after the chunk that is marked as the last.
pub struct Decrypted<R: Read> {
    input: R,
    chunks: Chunks,
    sealed: Vec<u8>,
    plain: Vec<u8>,
    read: usize,
    ended: bool,
}

impl<R: Read> Decrypted<R> {
    /// Begins to read a stream that was encrypted with the same key and `associated`.
    pub fn new(input: R, key: &[u8; 32], associated: &[u8]) -> Self {
        let chunks = Chunks::new(key, associated);
        Self { input, chunks, sealed: Vec::new(), plain: Vec::new(), read: 0, ended: false }
    }

    fn fill(&mut self) -> io::Result<()> {
        // One byte more than a chunk tells whether another follows.
        let wanted = CHUNK + TAG + 1 - self.sealed.len();
        self.input.by_ref().take(wanted as u64).read_to_end(&mut self.sealed)?;
        let more = self.sealed.len() > CHUNK + TAG;
        let rest = if more { self.sealed.split_off(CHUNK + TAG) } else { Vec::new() };
        let nonce = self.chunks.nonce(!more)?;
        let payload = Payload { msg: &self.sealed, aad: &self.chunks.associated };
        self.plain = self.chunks.cipher.decrypt(&nonce, payload).map_err(|_| {
            Error::new(ErrorKind::InvalidData, "it was cut off or changed, or belongs to another key")
        })?;
        (self.sealed, self.read, self.ended) = (rest, 0, !more);
        Ok(())
    }
}

impl<R: Read> Read for Decrypted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.plain.len() {
            if self.ended {
                return Ok(0);
            }
            self.fill()?;
        }
        let rest = self.plain.get(self.read..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        let (from, _) = rest.split_at(count);
        let (to, _) = buffer.split_at_mut(count);
        to.copy_from_slice(from);
        self.read += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    fn encrypt(plain: &[u8]) -> Vec<u8> {
        let mut out = Encrypted::new(Vec::new(), &KEY, b"header");
        out.write_all(plain).unwrap();
        out.finish().unwrap()
    }

    fn decrypt(sealed: &[u8], key: &[u8; 32], header: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Decrypted::new(sealed, key, header).read_to_end(&mut plain).map(|_| plain)
    }

    fn bytes(length: usize) -> Vec<u8> {
        (0..length).map(|place| u8::try_from(place % 251).unwrap()).collect()
    }

    #[test]
    fn every_length_comes_back() {
        for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 17] {
            let plain = bytes(length);
            assert!(decrypt(&encrypt(&plain), &KEY, b"header").unwrap() == plain, "{length}");
        }
    }

    #[test]
    fn whatever_was_changed_is_refused() {
        let sealed = encrypt(&bytes(3 * CHUNK + 17));
        let chunk = CHUNK + TAG;
        let refused = |text: &[u8]| decrypt(text, &KEY, b"header").is_err();
        assert!(!refused(&sealed));
        for length in [0, 1, TAG, chunk - 1, chunk, 2 * chunk, 3 * chunk, sealed.len() - 1] {
            assert!(refused(&sealed[..length]), "cut off at {length}");
        }
        for place in [0, chunk - 1, chunk, 3 * chunk + 1, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(refused(&changed), "changed at {place}");
        }
        let swapped = [&sealed[chunk..2 * chunk], &sealed[..chunk], &sealed[2 * chunk..]].concat();
        let repeated = [&sealed[..chunk], &sealed[..]].concat();
        let without = [&sealed[..chunk], &sealed[2 * chunk..]].concat();
        let longer = [&sealed[..], b"x"].concat();
        for wrong in [swapped, repeated, without, longer] {
            assert!(refused(&wrong));
        }
        assert!(decrypt(&sealed, &[8; 32], b"header").is_err());
        assert!(decrypt(&sealed, &KEY, b"another").is_err());
    }

    #[test]
    fn bytes_before_a_changed_chunk_are_the_only_ones_that_come_out() {
        let plain = bytes(2 * CHUNK);
        let mut sealed = encrypt(&plain);
        let last = sealed.len() - 1;
        sealed[last] ^= 1;
        let mut out = Vec::new();
        let mut stream = Decrypted::new(&sealed[..], &KEY, b"header");
        assert!(stream.read_to_end(&mut out).is_err());
        assert!(out == plain[..CHUNK]);
    }
}
