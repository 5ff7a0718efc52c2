//! Merges defaults, file and environment key by key, so that an error can name the key and where it was set.

use std::{collections::BTreeMap, path::Path};

use toml::{Table, Value};

use super::Config;

const DEFAULTS: &str = include_str!("../../../../config/default.toml");

/// Why the configuration is refused: one sentence that names the key.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

/// Loads the configuration from the defaults, a file if one is given, and the environment variables.
pub fn load(
    file: Option<&Path>,
    environment: impl Iterator<Item = (String, String)>,
) -> Result<Config, ConfigError> {
    let mut settings: Table = DEFAULTS
        .parse()
        .map_err(|error| ConfigError(format!("the compiled-in defaults are broken: {error}")))?;
    if let Some(path) = file {
        let place = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("cannot read {place}: {error}")))?;
        let table: Table = text.parse().map_err(|error: toml::de::Error| {
            ConfigError(format!("{place} is not TOML: {}", error.message()))
        })?;
        lay(&mut settings, table, "", &place)?;
    }
    let variables: BTreeMap<String, String> =
        environment.filter(|(name, _)| name.starts_with("VESTIBULE__")).collect();
    for (name, value) in variables {
        let path: Vec<String> = name.split("__").skip(1).map(str::to_lowercase).collect();
        let table = nest(&path, &value, &settings);
        lay(&mut settings, table, "", &name)?;
    }
    read_files(&mut settings)?;
    let config: Config = Value::Table(settings)
        .try_into()
        .map_err(|error: toml::de::Error| ConfigError(error.message().trim().to_owned()))?;
    config.check()?;
    Ok(config)
}

/// `["a", "b"]` and a text → `{a = {b = value}}`. The text is parsed as the type of the default.
fn nest(path: &[String], text: &str, settings: &Table) -> Table {
    let mut default = None;
    let mut level = Some(settings);
    for key in path {
        default = level.and_then(|table| table.get(key));
        level = default.and_then(Value::as_table);
    }
    let value = match default {
        Some(Value::Integer(_)) => text.trim().parse().map(Value::Integer).ok(),
        Some(Value::Boolean(_)) => text.trim().to_lowercase().parse().map(Value::Boolean).ok(),
        Some(Value::Array(_)) => array(text),
        _ => None,
    }
    .unwrap_or_else(|| Value::String(text.to_owned()));
    let (Some(last), levels) = (path.last(), path.get(..path.len().saturating_sub(1)).unwrap_or_default())
    else {
        return Table::new();
    };
    levels.iter().rev().fold(Table::from_iter([(last.clone(), value)]), |inner, key| {
        Table::from_iter([(key.clone(), Value::Table(inner))])
    })
}

/// A list in TOML or JSON, such as `["vault", "kv", "get"]`. An empty text is an empty list.
fn array(text: &str) -> Option<Value> {
    if text.trim().is_empty() {
        return Some(Value::Array(Vec::new()));
    }
    let table: Table = format!("list = {text}").parse().ok()?;
    // A text with a line break could set more than the list.
    table.get("list").filter(|list| table.len() == 1 && list.is_array()).cloned()
}

/// Merges `over` into `base`: only existing keys, only values of the same type.
fn lay(base: &mut Table, over: Table, prefix: &str, place: &str) -> Result<(), ConfigError> {
    for (key, value) in over {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        // The only table with free keys: the names of regions.
        if prefix == "region.others" && value.is_str() {
            base.insert(key, value);
            continue;
        }
        let Some(known) = base.get_mut(&key) else {
            return Err(ConfigError(format!(
                "{path} (in {place}) is not a key of Vestibule; config/default.toml lists them all"
            )));
        };
        match (known, value) {
            (Value::Table(inner), Value::Table(over)) => lay(inner, over, &path, place)?,
            (known, value) if known.type_str() == value.type_str() => *known = value,
            (known, value) => {
                return Err(ConfigError(format!(
                    "{path} (in {place}) must be {}, and is {}",
                    in_words(known.type_str()),
                    in_words(value.type_str())
                )));
            }
        }
    }
    Ok(())
}

/// `x_file = "path"` becomes `x = content`.
fn read_files(settings: &mut Table) -> Result<(), ConfigError> {
    for (section, values) in settings.iter_mut() {
        let Some(values) = values.as_table_mut() else { continue };
        let files: Vec<(String, String)> = values
            .iter()
            .filter_map(|(key, value)| {
                Some((key.strip_suffix("_file")?.to_owned(), value.as_str()?.to_owned()))
            })
            // The key ring is read again when it changes, so its path stays.
            .filter(|(key, _)| key != "sealing_keys")
            .collect();
        for (key, path) in files {
            values.remove(&format!("{key}_file"));
            if path.is_empty() {
                continue;
            }
            let text = std::fs::read_to_string(&path).map_err(|error| {
                ConfigError(format!("{section}.{key}_file names {path}, which cannot be read: {error}"))
            })?;
            values.insert(key, Value::String(text.trim().to_owned()));
        }
    }
    Ok(())
}

fn in_words(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "table" => "a section",
        "array" => "a list",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        load(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_defaults_are_a_configuration() {
        let config = with(&[]).unwrap();
        assert_eq!(config.region.name, "local");
        assert_eq!(config.server.metrics_listen, None);
    }

    #[test]
    fn the_environment_lies_over_the_defaults() {
        let config = with(&[
            ("VESTIBULE__SERVER__METRICS_LISTEN", "127.0.0.1:9090"),
            ("VESTIBULE__DATABASE__POOL_SIZE", "16"),
            ("VESTIBULE__OKTA__ALLOW_INSECURE_ISSUERS", "true"),
            ("VESTIBULE__REGION__OTHERS__EU", "https://eu.api.example.com"),
            ("PATH", "/bin"),
        ])
        .unwrap();
        assert_eq!(config.database.pool_size, 16);
        assert!(config.okta.allow_insecure_issuers);
        assert_eq!(config.region.others.get("eu").map(String::as_str), Some("https://eu.api.example.com"));
        assert!(config.server.metrics_listen.is_some());
    }

    #[test]
    fn region_files_lie_over_the_defaults() {
        for region in ["us", "eu"] {
            let path = format!("{}/../../config/{region}.toml", env!("CARGO_MANIFEST_DIR"));
            let config = load(Some(Path::new(&path)), std::iter::empty()).unwrap();
            assert_eq!(config.region.name, region);
        }
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (variable, value, named) in [
            ("VESTIBULE__SERVER__LISTNE", "x", "server.listne"),
            ("VESTIBULE__SERVERS__LISTEN", "x", "servers"),
            ("VESTIBULE__DATABASE__POOL_SIZE", "many", "database.pool_size"),
            ("VESTIBULE__DATABASE__POOL_SIZE", "0", "database.pool_size"),
            ("VESTIBULE__DATABASE__URL", "mysql://x", "database.url"),
            ("VESTIBULE__RATE_LIMITS__ENABLED", "maybe", "rate_limits.enabled"),
            ("VESTIBULE__REGION__API_URL", "http://api.example.com", "region.api_url"),
            ("VESTIBULE__REGION__API_URL", "https://api.example.com/", "region.api_url"),
            ("VESTIBULE__REGION__OTHERS__EU", "eu", "region.others.eu"),
            ("VESTIBULE__LOG__FORMAT", "xml", "log.format"),
            ("VESTIBULE__SERVER__METRICS_LISTEN", "nine", "server.metrics_listen"),
        ] {
            let refusal = with(&[(variable, value)]).unwrap_err().to_string();
            assert!(refusal.contains(named), "{variable}={value}: {refusal}");
        }
    }

    #[test]
    fn a_list_comes_from_the_environment_too() {
        let words = with(&[("VESTIBULE__SECURITY__SEALING_KEY_COMMAND", r#"["vault", "read", "a b"]"#)]);
        assert_eq!(words.unwrap().security.sealing_key_command, ["vault", "read", "a b"]);
        for wrong in ["vault read", "[1]", "[\"a\"]\nx = 1"] {
            let refusal = with(&[("VESTIBULE__SECURITY__SEALING_KEY_COMMAND", wrong)]);
            assert!(refusal.is_err(), "{wrong}");
        }
        let ring = with(&[("VESTIBULE__SECURITY__SEALING_KEYS_FILE", "/nowhere")]).unwrap();
        assert_eq!(ring.security.sealing_keys_file, "/nowhere");
    }

    #[test]
    fn secrets_come_from_files_too() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hush\n").unwrap();
        let config =
            with(&[("VESTIBULE__SECURITY__SEALING_KEY_FILE", file.path().to_str().unwrap())]).unwrap();
        assert_eq!(config.security.sealing_key.expose_secret(), "hush");
        let refusal = with(&[("VESTIBULE__SECURITY__SEALING_KEY_FILE", "/nowhere")]).unwrap_err().to_string();
        assert!(refusal.contains("security.sealing_key_file"), "{refusal}");
    }
}
