//! Fetches the metadata of a SAML identity provider.

use crate::outbound::client::Outbound;

/// Fetches a metadata document. The error is a sentence for the person who typed the URL.
pub async fn fetch(outbound: &Outbound, url: &str) -> Result<Vec<u8>, String> {
    let request = http::Request::get(url)
        .header(http::header::ACCEPT, "application/samlmetadata+xml, application/xml;q=0.9, text/xml;q=0.8")
        .body(Vec::new())
        .map_err(|_| format!("{url} is no URL"))?;
    let answer =
        outbound.send(request).await.map_err(|error| format!("the metadata could not be read: {error}"))?;
    if answer.status() != http::StatusCode::OK {
        return Err(format!("the metadata could not be read: {url} answered with {}", answer.status()));
    }
    Ok(answer.into_body())
}
