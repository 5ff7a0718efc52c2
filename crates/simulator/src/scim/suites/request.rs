//! A request of a suite, with the headers that Okta's suites send (facts §2.4).

use std::time::{Duration, Instant};

use reqwest::{Method, header};
use serde_json::Value;

use super::{Suite, SuiteStep};
use crate::support::exchange::{Exchange, Failure};

/// The longest wait for an answer; Okta's own (facts §2.6).
const TIMEOUT: Duration = Duration::from_secs(60);
/// The longest answer that is read, in bytes.
const LONGEST: usize = 4 << 20;

/// An answer.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) took: Duration,
}

impl Suite {
    /// Sends a request with the app's credential, as a step of its own.
    pub(super) async fn ask(
        &mut self,
        title: impl Into<String>,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Answer {
        let authorization = match self.trip.authorization().await {
            Ok(authorization) => authorization,
            Err(failure) => return self.unsent(title.into(), failure.sentence),
        };
        self.ask_as(title, method, path, body, authorization.as_deref()).await
    }

    /// Sends a request with this credential.
    pub(super) async fn ask_as(
        &mut self,
        title: impl Into<String>,
        method: Method,
        path: &str,
        body: Option<&Value>,
        authorization: Option<&str>,
    ) -> Answer {
        let url = format!("{}{path}", self.trip.settings.base_url.trim_end_matches('/'));
        let http = self.trip.okta.http();
        let mut request = http
            .request(method.clone(), &url)
            .timeout(TIMEOUT)
            .header(header::USER_AGENT, "OKTA SCIM Integration")
            .header(header::ACCEPT, "application/scim+json; charset=utf-8")
            .header(header::ACCEPT_CHARSET, "utf-8");
        if let Some(authorization) = authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(body) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let began = Instant::now();
        let (status, body, problem) = match request.send().await {
            Err(error) => (0, Value::Null, Some(format!("no answer: {}", error.without_url()))),
            Ok(response) => {
                let status = response.status().as_u16();
                match response.bytes().await {
                    Ok(bytes) if bytes.len() > LONGEST => {
                        (status, Value::Null, Some("the answer is too long".to_owned()))
                    }
                    Ok(bytes) if bytes.is_empty() => (status, Value::Null, None),
                    Ok(bytes) => match serde_json::from_slice(&bytes) {
                        Ok(document) => (status, document, None),
                        Err(_) => (status, Value::Null, Some("the answer is no JSON".to_owned())),
                    },
                    Err(_) => (status, Value::Null, Some("the answer broke off".to_owned())),
                }
            }
        };
        self.steps.push(SuiteStep {
            suite: self.name,
            title: title.into(),
            request: format!("{method} {path}"),
            status,
            failures: problem.into_iter().collect(),
        });
        Answer { status, body, took: began.elapsed() }
    }

    fn unsent(&mut self, title: String, why: String) -> Answer {
        self.steps.push(SuiteStep {
            suite: self.name,
            title,
            request: String::new(),
            status: 0,
            failures: vec![why],
        });
        Answer { status: 0, body: Value::Null, took: Duration::ZERO }
    }

    /// Adds what an action of Okta did, as a step. Returns whether it succeeded.
    pub(super) fn acted(
        &mut self,
        title: impl Into<String>,
        outcome: Result<Vec<Exchange>, Failure>,
    ) -> bool {
        let (exchanges, failures) = match outcome {
            Ok(exchanges) => (exchanges, Vec::new()),
            Err(failure) => (failure.exchanges, vec![failure.sentence]),
        };
        let last = exchanges.last();
        let base = self.trip.settings.base_url.trim_end_matches('/').to_owned();
        self.steps.push(SuiteStep {
            suite: self.name,
            title: title.into(),
            request: last.map_or_else(String::new, |one| {
                format!("{} {}", one.method, one.url.strip_prefix(&base).unwrap_or(&one.url))
            }),
            status: last.map_or(0, |one| one.status),
            failures,
        });
        self.steps.last().is_some_and(SuiteStep::has_passed)
    }
}
