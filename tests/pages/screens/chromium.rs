//! A static server of pages that need no cookie, and the Chromium that opens them: pictures, heights, and the findings of axe-core.
//! Chromium's window is never narrower than 500 px, so a narrow page is in a frame of 390 px.

use std::{
    collections::BTreeMap,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use actix_web::{App, HttpResponse, HttpServer, web};
use serde_json::Value;
use vestibule_web::{brand::Brand, config, pages::OWN};

use super::furnish::Shown;

/// Width and colour scheme of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    Light,
    Dark,
    Narrow,
    DarkNarrow,
}

impl Look {
    pub const ALL: [Look; 4] = [Look::Light, Look::Dark, Look::Narrow, Look::DarkNarrow];

    pub fn is_narrow(self) -> bool {
        matches!(self, Look::Narrow | Look::DarkNarrow)
    }

    pub fn suffix(self) -> &'static str {
        match self {
            Look::Light => "",
            Look::Dark => "-dark",
            Look::Narrow => "-narrow",
            Look::DarkNarrow => "-dark-narrow",
        }
    }

    /// Returns Chromium's number of the colour scheme: dark is 0.
    fn scheme(self) -> &'static str {
        match self {
            Look::Dark | Look::DarkNarrow => "--blink-settings=preferredColorScheme=0",
            _ => "--blink-settings=preferredColorScheme=1",
        }
    }
}

const WIDE: u64 = 1100;
const NARROW: u64 = 390;
const NARROWEST_WINDOW: u64 = 500;
const HIGHEST: u64 = 2400;

/// Path of a Chromium on this machine.
pub struct Chromium(PathBuf);

impl Chromium {
    pub fn find() -> Option<Self> {
        let path = std::env::var_os("PATH")?;
        let places: Vec<PathBuf> = std::env::split_paths(&path).collect();
        let named = ["chromium", "chromium-browser", "google-chrome"];
        let found = named.iter().flat_map(|name| places.iter().map(move |place| place.join(name)));
        found.into_iter().find(|path| path.is_file()).map(Chromium)
    }

    /// Runs Chromium with a new profile and returns its standard output.
    fn run(&self, arguments: &[&str]) -> String {
        let profile = tempfile::tempdir().unwrap();
        let output = Command::new(&self.0)
            .args([
                "--headless=new",
                "--no-sandbox",
                "--hide-scrollbars",
                "--disable-gpu",
                "--disable-lcd-text",
            ])
            .args(["--disable-background-networking", "--disable-component-update"])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

/// The server of the pages and the Chromium that opens them.
pub struct Studio {
    chromium: Chromium,
    address: String,
}

impl Studio {
    pub fn open(chromium: Chromium, shown: &[Shown], axe: Option<PathBuf>) -> Self {
        let pages: BTreeMap<String, String> =
            shown.iter().map(|page| (page.name.to_owned(), page.html.clone())).collect();
        let axe = axe.map(|path| std::fs::read_to_string(path).unwrap()).unwrap_or_default();
        let shelf = web::Data::new((pages, axe));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = move || App::new().app_data(shelf.clone()).default_service(web::to(serve));
        let server = HttpServer::new(app).workers(2).disable_signals().listen(listener).unwrap();
        actix_web::rt::spawn(server.run());
        Self { chromium, address }
    }

    /// Returns the height of each page.
    pub fn heights(&self, narrow: bool) -> BTreeMap<String, u64> {
        let width = if narrow { NARROW } else { WIDE };
        let told = self.told(&format!("heights/{width}"), Look::Light);
        serde_json::from_value(told).unwrap()
    }

    /// Takes a picture of the page, up to a maximum height.
    pub fn picture(&self, name: &str, look: Look, height: u64, file: &Path) {
        let (frame, width) = if look.is_narrow() { ("narrow/", NARROWEST_WINDOW) } else { ("", WIDE) };
        let size = format!("--window-size={width},{}", height.min(HIGHEST));
        let url = format!("{}/{frame}{name}", self.address);
        self.chromium.run(&[&size, look.scheme(), &format!("--screenshot={}", file.display()), &url]);
        assert!(file.is_file(), "no {}", file.display());
        super::png::shrink(file);
    }

    /// Returns the result of axe-core for a page.
    pub fn axe(&self, name: &str, look: Look) -> Value {
        self.told(&format!("axe/{name}"), look)
    }

    /// Returns the JSON that the page's script writes into the document.
    fn told(&self, path: &str, look: Look) -> Value {
        let url = format!("{}/{path}", self.address);
        let size = format!("--window-size={WIDE},900");
        let dom =
            self.chromium.run(&[&size, look.scheme(), "--virtual-time-budget=60000", "--dump-dom", &url]);
        let told = dom.split("<told>").nth(1).and_then(|rest| rest.split("</told>").next());
        let told = told.unwrap_or_else(|| panic!("{path} says nothing: {dom}"));
        let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        serde_json::from_str(&told).unwrap()
    }
}

type Shelf = web::Data<(BTreeMap<String, String>, String)>;

/// Script that writes its result into the document, where `--dump-dom` prints it.
const TELL: &str = "const tell = found => { const told = document.createElement('told'); \
    told.textContent = JSON.stringify(found); document.documentElement.append(told); };";

async fn serve(req: actix_web::HttpRequest, shelf: Shelf) -> HttpResponse {
    let (pages, axe) = &**shelf;
    let html = |text: String| HttpResponse::Ok().content_type("text/html; charset=utf-8").body(text);
    let asset = |kind: &str, text: &str| HttpResponse::Ok().content_type(kind).body(text.to_owned());
    match req.path().trim_start_matches('/') {
        path if path.starts_with("assets/") => {
            let brand = Brand::new(&config::load(None, std::iter::empty()).unwrap().brand).unwrap();
            match path.rsplit('/').next().unwrap() {
                "vestibule.css" => OWN.style.answer(&req),
                "vestibule.js" => OWN.script.answer(&req),
                "icons.svg" => OWN.icons.answer(&req),
                "brand.css" => brand.style.answer(&req),
                "logo" => brand.logo.answer(&req),
                _ => HttpResponse::NotFound().finish(),
            }
        }
        "axe.js" => asset("text/javascript; charset=utf-8", axe),
        path => match path.split_once('/') {
            Some(("narrow", name)) => html(format!(
                "<!doctype html><style>body {{ margin: 0; background: #777c86; }} iframe {{ display: block; border: 0; \
                 width: {NARROW}px; height: 100vh; margin: 0 auto; }}</style><iframe src=\"/{name}\"></iframe>"
            )),
            Some(("heights", width)) => {
                let frames: String = pages
                    .keys()
                    .map(|name| format!("<iframe name=\"{name}\" src=\"/{name}\" width=\"{width}\" height=\"100\"></iframe>"))
                    .collect();
                html(format!(
                    "<!doctype html><style>iframe {{ border: 0; display: block; }}</style>{frames}<script>{TELL}
                     addEventListener('load', () => tell(Object.fromEntries([...document.querySelectorAll('iframe')]
                     .map(frame => [frame.name, frame.contentDocument.documentElement.scrollHeight]))));</script>"
                ))
            }
            Some(("axe", name)) => {
                let run = format!(
                    "<script src=\"/axe.js\"></script><script>{TELL}
                     addEventListener('load', () => axe.run().then(found => tell({{ passes: found.passes.length,
                     violations: found.violations.map(one => ({{ id: one.id, impact: one.impact,
                     nodes: one.nodes.map(node => [node.html, node.failureSummary]) }})) }})));</script></body>"
                );
                html(pages[name].replace("</body>", &run))
            }
            _ => pages.get(path).map_or_else(|| HttpResponse::NotFound().finish(), |page| html(page.clone())),
        },
    }
}

/// Runs all jobs, two at a time, in parallel to the servers' threads. Returns the results in the order of the jobs.
pub async fn each<Job: Send + 'static, Answer: Send + 'static>(
    studio: &Arc<Studio>,
    jobs: Vec<Job>,
    doing: impl Fn(&Studio, &Job) -> Answer + Send + Sync + 'static,
) -> Vec<Answer> {
    let (studio, doing) = (studio.clone(), Arc::new(doing));
    let mut left: Vec<_> = jobs.into_iter().collect();
    let later = left.split_off(left.len() / 2);
    let mut hands = Vec::new();
    for jobs in [left, later] {
        let (studio, doing) = (studio.clone(), doing.clone());
        hands.push(actix_web::rt::task::spawn_blocking(move || {
            jobs.iter().map(|job| doing(&studio, job)).collect::<Vec<_>>()
        }));
    }
    let mut answers = Vec::new();
    for hand in hands {
        answers.extend(hand.await.unwrap());
    }
    answers
}
