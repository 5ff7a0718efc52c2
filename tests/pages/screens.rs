//! Screenshots and accessibility of the pages. Each page of a service with data is fetched as its person, served again
//! from a static server without a cookie, and opened in a real Chromium, light and dark.
//!
//! Without `VESTIBULE_SCREENSHOTS` (a directory for the pictures; `tests/run --screenshots` sets it) and `VESTIBULE_AXE` (the
//! path of axe-core's `axe.min.js`) nothing is checked, and the tests report that. With `VESTIBULE_SCREENSHOTS_ALL` every page is
//! taken in all four looks, otherwise only those in README and docs/.

mod chromium;
mod furnish;
mod png;

use std::{path::PathBuf, sync::Arc};

use chromium::{Chromium, Look, Studio};
use furnish::Shown;
use serde_json::Value;

/// Pages whose dark and narrow pictures are in docs/ too.
const IN_EVERY_LOOK: [&str; 3] = ["okta", "person", "requests"];

/// Returns the path in a variable, or reports that the variable is not set.
fn wanted(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_none() {
        eprintln!("{variable} is not set: nothing is looked at");
    }
    path
}

/// Creates the pages with their data and opens Chromium.
async fn studio(axe: Option<PathBuf>) -> (Arc<Studio>, Vec<Shown>) {
    let shown = furnish::pages().await;
    let chromium = Chromium::find().expect("a chromium on PATH");
    (Arc::new(Studio::open(chromium, &shown, axe)), shown)
}

#[actix_web::test]
async fn pictures_are_taken() {
    let Some(place) = wanted("VESTIBULE_SCREENSHOTS") else { return };
    std::fs::create_dir_all(&place).unwrap();
    let all = std::env::var_os("VESTIBULE_SCREENSHOTS_ALL").is_some();
    let (studio, shown) = studio(None).await;
    let mut jobs = Vec::new();
    for look in Look::ALL {
        let names = shown.iter().map(|page| page.name);
        let names = names.filter(|name| {
            all || look == Look::Light || (look != Look::DarkNarrow && IN_EVERY_LOOK.contains(name))
        });
        jobs.extend(names.map(|name| (name, look)));
    }
    let heights = chromium::each(&studio, vec![false, true], |studio, narrow| studio.heights(*narrow)).await;
    chromium::each(&studio, jobs, move |studio, (name, look)| {
        let height = heights[usize::from(look.is_narrow())][*name];
        studio.picture(name, *look, height, &place.join(format!("{name}{}.png", look.suffix())));
    })
    .await;
}

#[actix_web::test]
async fn axe_finds_nothing_grave() {
    let Some(axe) = wanted("VESTIBULE_AXE") else { return };
    let (studio, shown) = studio(Some(axe)).await;
    let jobs = shown.iter().flat_map(|page| [(page.name, Look::Light), (page.name, Look::Dark)]).collect();
    let found = chromium::each(&studio, jobs, |studio, (name, look)| {
        let told = studio.axe(name, *look);
        assert!(told["passes"].as_u64().unwrap() > 10, "{name}: axe did not run: {told}");
        (format!("{name}{}", look.suffix()), told["violations"].clone())
    })
    .await;
    let grave = |violation: &&Value| ["serious", "critical"].contains(&violation["impact"].as_str().unwrap());
    let mut told = Vec::new();
    for (name, violations) in &found {
        for violation in violations.as_array().unwrap() {
            println!("{name}: {} {} {}", violation["impact"], violation["id"], violation["nodes"]);
        }
        told.extend(violations.as_array().unwrap().iter().filter(grave).map(|one| format!("{name}: {one}")));
    }
    assert!(told.is_empty(), "{}", told.join("\n"));
}
