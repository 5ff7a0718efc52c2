//! `POST /drift/compare`: the report, compared with a CSV of assignments. It changes and stores nothing, so an auditor may do it.

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::CONTENT_TYPE, web};
use futures_util::future::LocalBoxFuture;
use vestibule_admin::drift::compare::Assignments;
use vestibule_web::http::{
    input::{self, BodyError},
    multipart::{self, MULTIPART},
};

use super::page::{Shown, days, show};
use crate::layout::{
    access::{Reader, authenticate},
    error::{PageError, PageResult},
    form::not_from_here,
};

/// The largest form with its file, in bytes: about two hundred thousand people.
pub(super) const MOST: usize = 16_000_000;

/// The form: who sent it, and its file.
pub struct Upload {
    reader: Reader,
    days: i64,
    file: Vec<u8>,
}

impl FromRequest for Upload {
    type Error = PageError;
    type Future = LocalBoxFuture<'static, Result<Self, PageError>>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let reader: Reader = authenticate(&req).await?;
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| reader.failed(&error))?;
            let read = read(&req, payload).await.map_err(|error| reader.unreadable(&error))?;
            if !reader.signed_in.sent(&read.csrf) {
                return Err(not_from_here(&reader));
            }
            Ok(Self { days: days(&read.days), file: read.file, reader })
        })
    }
}

/// The fields as sent.
#[derive(Default)]
struct Read {
    csrf: String,
    days: String,
    file: Vec<u8>,
}

/// Reads the form, with its file or without.
async fn read(req: &HttpRequest, payload: web::Payload) -> Result<Read, BodyError> {
    if input::media_type(req).as_deref() != Some(MULTIPART) {
        let form = input::Parameters::of_form(req, payload).await?;
        return Ok(Read {
            csrf: form.text("csrf").to_owned(),
            days: form.text("days").to_owned(),
            file: form.text("file").as_bytes().to_vec(),
        });
    }
    let content_type =
        req.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let body = input::body(payload, MOST).await?;
    let mut read = Read::default();
    for part in multipart::parts(content_type, body.into()).await? {
        let text = || String::from_utf8_lossy(&part.content).into_owned();
        match part.name.as_str() {
            "csrf" => read.csrf = text(),
            "days" => read.days = text(),
            "file" => read.file = part.content.to_vec(),
            _ => {}
        }
    }
    Ok(read)
}

/// Compares.
pub async fn post(upload: Upload) -> PageResult {
    let Upload { reader, days, file } = upload;
    let list = web::block(move || Assignments::of_csv(&file)).await.map_err(|error| reader.failed(&error))?;
    let shown = match list {
        Ok(list) => Shown { list: Some(list), problem: String::new() },
        Err(bad) => Shown { list: None, problem: bad.0 },
    };
    show(&reader, days, shown).await
}
