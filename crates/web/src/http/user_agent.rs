//! Names a browser for people, from its User-Agent: "Firefox on Windows". For lists only; nothing is decided by it.

/// The name of the browser and system.
pub fn words(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    // Browsers include the names of older ones, so the most specific name is looked for first.
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Version/", "Safari"),
    ]);
    let system = named(&[
        ("iPhone", "an iPhone"),
        ("iPad", "an iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Macintosh", "a Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "A browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn browsers_are_named_as_people_name_them() {
        const MAC: &str =
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        const WINDOWS: &str =
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";
        const IPHONE: &str =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (agent, name) in [
            (format!("{MAC} Version/17.5 Safari/605.1.15"), "Safari on a Mac"),
            (format!("{WINDOWS} Chrome/126.0.0.0 Safari/537.36"), "Chrome on Windows"),
            (format!("{WINDOWS} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"), "Edge on Windows"),
            (format!("{WINDOWS} Chrome/125.0.0.0 Safari/537.36 OPR/111.0.0.0"), "Opera on Windows"),
            (format!("{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1"), "Safari on an iPhone"),
            (format!("{IPHONE} CriOS/126.0 Mobile/15E148 Safari/604.1"), "Chrome on an iPhone"),
            (format!("{IPHONE} FxiOS/127.0 Mobile/15E148 Safari/605.1.15"), "Firefox on an iPhone"),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(),
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36"
                    .to_owned(),
                "Chrome on Android",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) Chrome/126.0 Safari/537.36".to_owned(),
                "Chrome on ChromeOS",
            ),
            ("curl/8.5.0".to_owned(), "A browser"),
            ("<script>alert(1)</script> Windows".to_owned(), "A browser on Windows"),
            (String::new(), "A browser"),
        ] {
            assert_eq!(words(&agent), name, "{agent}");
        }
    }
}
