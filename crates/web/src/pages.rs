//! HTML pages: the frame of each page, and the page that refuses. Pages work without script, have a strict Content-Security-Policy, and
//! have nothing secret in a title or URL.

mod frame;
mod isolate;
pub(crate) mod navigation;
mod onward;
mod refused;

pub use frame::{FormTargets, Frame, render};
pub use isolate::isolate;
pub use onward::{Words, onward, post_onward};
pub use refused::{Refused, failed, failure};

/// The stylesheet, compiled in.
pub const STYLE: &str = include_str!("../assets/vestibule.css");
/// The script, compiled in: it copies texts, sends forms that lead to another site, and updates numbers while a page is visible.
pub const SCRIPT: &str = include_str!("../assets/vestibule.js");
/// The icon, compiled in.
pub const ICON: &str = include_str!("../assets/vestibule.svg");
