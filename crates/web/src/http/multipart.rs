//! Reads `multipart/form-data` (RFC 7578), as a browser sends a form that has a file.

use std::convert::Infallible;

use actix_web::web::Bytes;
use futures_util::stream;
use multer::{Multipart, parse_boundary};

use super::input::BodyError;

/// The media type.
pub const MULTIPART: &str = "multipart/form-data";

/// Most parts of a form.
const MOST_PARTS: usize = 10;

/// A field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Name of the field.
    pub name: String,
    /// Its content: the text of a field, or the bytes of a file.
    pub content: Bytes,
}

/// The parts of a body of this Content-Type, in order. The caller has bounded the body. A repeated name is refused.
///
/// # Errors
/// [`BodyError::Malformed`].
pub async fn parts(content_type: &str, body: Bytes) -> Result<Vec<Part>, BodyError> {
    let malformed = |sentence: String| BodyError::Malformed(sentence);
    let boundary = parse_boundary(content_type).map_err(|error| malformed(error.to_string()))?;
    let mut form = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let mut parts: Vec<Part> = Vec::new();
    while let Some(field) = form.next_field().await.map_err(|error| malformed(error.to_string()))? {
        if parts.len() == MOST_PARTS {
            return Err(malformed("the form has too many fields".to_owned()));
        }
        let name = field.name().map(str::to_owned);
        let name = name.ok_or_else(|| malformed("a field of the form has no name".to_owned()))?;
        if parts.iter().any(|part| part.name == name) {
            return Err(malformed("a field of the form is repeated".to_owned()));
        }
        let content = field.bytes().await.map_err(|error| malformed(error.to_string()))?;
        parts.push(Part { name, content });
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=x";
    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--x\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\na\r\n-b\r\n\r\n--x--\r\n";

    async fn read(content_type: &str, body: &str) -> Result<Vec<(String, String)>, String> {
        let read = parts(content_type, Bytes::copy_from_slice(body.as_bytes())).await;
        let text = |part: Part| (part.name, String::from_utf8(part.content.to_vec()).unwrap());
        read.map(|parts| parts.into_iter().map(text).collect()).map_err(|error| error.to_string())
    }

    #[actix_web::test]
    async fn fields_and_files_are_read_as_sent() {
        let of = |name: &str, content: &str| (name.to_owned(), content.to_owned());
        for content_type in [TYPE, "multipart/form-data; charset=utf-8; Boundary=\"x\""] {
            assert_eq!(
                read(content_type, FORM).await.unwrap(),
                [of("csrf", "abc"), of("file", "a\r\n-b\r\n")],
                "{content_type}"
            );
        }
        assert_eq!(read(TYPE, "--x--\r\n").await.unwrap(), []);
    }

    #[actix_web::test]
    async fn what_is_no_form_is_refused() {
        let twice = FORM.replace("name=\"file\"", "name=\"csrf\"");
        let nameless = FORM.replace("name=\"csrf\"", "filename=\"csrf\"");
        let many: String = (0..11)
            .map(|n| format!("--x\r\nContent-Disposition: form-data; name=\"{n}\"\r\n\r\n\r\n"))
            .collect();
        let many = format!("{many}--x--");
        for (body, sentence) in [(&twice, "repeated"), (&nameless, "no name"), (&many, "too many")] {
            let refused = read(TYPE, body).await.unwrap_err();
            assert!(refused.contains(sentence), "{sentence}: {refused}");
        }
        for body in ["", "hello", "--xy\r\n", "--x\r\n", "--x\r\nA: b\r\n\r\nabc", &FORM[..FORM.len() - 10]] {
            assert!(read(TYPE, body).await.is_err(), "{body:?}");
        }
        for content_type in
            ["multipart/form-data", "multipart/form-data; boundary=", "text/plain; boundary=x"]
        {
            assert!(read(content_type, FORM).await.is_err(), "{content_type}");
        }
    }
}
