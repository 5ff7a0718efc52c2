//! Messages about regions: a wrong region is the most common set-up mistake.

use crate::config::Region;

/// "No workspace … in region us."
pub fn not_here(region: &Region, workspace_id: &str) -> String {
    format!(
        "There is no workspace {workspace_id} in region {} ({}). {}",
        region.name,
        region.api_url,
        elsewhere(region)
    )
}

/// The other region of this deployment's list that an audience or URL belongs to.
pub fn other<'a>(region: &'a Region, url: &str) -> Option<&'a str> {
    // The whole origin: `https://eu.example.evil.example` begins with `https://eu.example`.
    let of =
        |origin: &str| url.strip_prefix(origin).is_some_and(|path| path.is_empty() || path.starts_with('/'));
    region.others.iter().find(|(_, origin)| of(origin)).map(|(name, _)| name.as_str())
}

fn elsewhere(region: &Region) -> String {
    if region.others.is_empty() {
        return "Check the workspace id.".to_owned();
    }
    let list: Vec<String> = region.others.iter().map(|(name, url)| format!("{name} is {url}")).collect();
    format!("Check the workspace id, or use the URLs of the workspace's own region: {}.", list.join(", "))
}
