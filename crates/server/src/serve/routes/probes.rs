//! Probes for the operator's machines: whether the process runs, and whether it can answer requests.

use super::route::{Access::Anyone, ROOT, Route, Surface};
use crate::health;

pub(super) fn routes() -> Vec<Route> {
    let probe = |path: &str| Route::new(&ROOT, path, Surface::Other);
    vec![
        probe("/healthz").get(Anyone, health::alive).head(Anyone, health::alive),
        probe("/readyz").get(Anyone, health::ready).head(Anyone, health::ready),
    ]
}
