//! A server that records each request and sends the responses that a test has prepared.

use std::{
    collections::VecDeque,
    net::TcpListener,
    sync::{Arc, Mutex, mpsc},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, http::StatusCode, middleware, rt::System, web};
use serde_json::{Value, json};

#[derive(Clone, Debug)]
pub struct Seen {
    pub method: String,
    /// Path and query.
    pub uri: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub fn form(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.body.as_bytes()).into_owned().collect()
    }

    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.uri)
    }
}

pub struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[derive(Clone)]
pub struct Recorder {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

impl Recorder {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let recorder = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            seen: Arc::default(),
            answers: Arc::default(),
        };
        let (ready, wait) = mpsc::channel();
        let inner = recorder.clone();
        std::thread::spawn(move || {
            System::new().block_on(async move {
                let app = move || {
                    App::new()
                        .wrap(middleware::Compress::default())
                        .app_data(web::Data::new(inner.clone()))
                        .default_service(web::to(answer))
                };
                let server =
                    HttpServer::new(app).workers(1).disable_signals().listen(listener).unwrap().run();
                ready.send(()).unwrap();
                server.await
            })
        });
        wait.recv().unwrap();
        recorder
    }

    pub fn will(&self, status: u16, body: Value) -> &Self {
        self.will_with(status, &[], &body.to_string())
    }

    pub fn will_with(&self, status: u16, headers: &[(&'static str, &str)], body: &str) -> &Self {
        let headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        self.answers.lock().unwrap().push_back(Answer { status, headers, body: body.to_owned() });
        self
    }

    pub fn will_find(&self, resources: &[Value]) -> &Self {
        self.will(200, list(resources, resources.len(), 1))
    }

    /// Removes and returns the requests since the last call.
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    pub fn lines(&self) -> Vec<String> {
        self.take().iter().map(Seen::line).collect()
    }
}

pub fn list(resources: &[Value], total: usize, start: usize) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total, "startIndex": start, "itemsPerPage": resources.len(), "Resources": resources,
    })
}

async fn answer(recorder: web::Data<Recorder>, request: HttpRequest, body: String) -> HttpResponse {
    let text = |value: &actix_web::http::header::HeaderValue| value.to_str().unwrap().to_owned();
    recorder.seen.lock().unwrap().push(Seen {
        method: request.method().to_string(),
        uri: request.uri().to_string(),
        headers: request.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
        body,
    });
    let Some(answer) = recorder.answers.lock().unwrap().pop_front() else {
        return HttpResponse::NotImplemented().body("the test laid no answer ready");
    };
    let mut response = HttpResponse::build(StatusCode::from_u16(answer.status).unwrap());
    for header in answer.headers {
        response.append_header(header);
    }
    response.content_type("application/scim+json").body(answer.body)
}
