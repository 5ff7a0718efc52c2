//! Tests of sealing under one and several keys.

use super::*;

fn security(current: &str, retired: &str, ring: &str) -> Security {
    Security {
        sealing_key: current.to_owned().into(),
        sealing_key_command: Vec::new(),
        sealing_keys_file: ring.to_owned(),
        retired_sealing_keys: retired.to_owned().into(),
    }
}

fn sealer(current: &str, retired: &str) -> Sealer {
    Sealer::configured(&security(current, retired, "")).unwrap()
}

#[test]
fn opens_only_where_it_was_sealed_for() {
    let sealer = sealer(&generate_key().unwrap(), "");
    let sealed = sealer.seal("w1 client_secret", "hush").unwrap();
    assert_eq!(sealer.open("w1 client_secret", &sealed).unwrap().expose_secret(), "hush");
    assert!(matches!(sealer.open("w2 client_secret", &sealed), Err(SealError::Damaged)));
    assert!(matches!(sealer.open("w1 client_secret", "s1.x"), Err(SealError::Damaged)));
}

#[test]
fn a_retired_key_still_opens_and_a_lost_one_is_named() {
    let (old, new) = (generate_key().unwrap(), generate_key().unwrap());
    let sealed = sealer(&old, "").seal("c", "hush").unwrap();
    assert_eq!(sealer(&new, &old).open("c", &sealed).unwrap().expose_secret(), "hush");
    assert!(matches!(sealer(&new, "").open("c", &sealed), Err(SealError::UnknownKey(_))));
}

#[test]
fn nonsense_keys_are_refused_by_name() {
    let refusal = Sealer::configured(&security("short", "", "")).err().unwrap();
    assert!(refusal.starts_with("security.sealing_key must be 32 bytes"), "{refusal}");
    let refusal = Sealer::configured(&security("", "", "")).err().unwrap();
    assert!(refusal.starts_with("security.sealing_key is not set"), "{refusal}");
    let mut both = security(&generate_key().unwrap(), "", "");
    both.sealing_key_command = vec!["true".to_owned()];
    let refusal = Sealer::configured(&both).err().unwrap();
    assert!(refusal.contains("only one of"), "{refusal}");
}

#[test]
fn a_command_gives_keys() {
    let (current, former) = (generate_key().unwrap(), generate_key().unwrap());
    let mut config = security("", "", "");
    config.sealing_key_command = vec!["printf".to_owned(), format!("{current}\\n{former}\\n")];
    let of_command = Sealer::configured(&config).unwrap();
    let sealed = sealer(&former, "").seal("c", "hush").unwrap();
    assert_eq!(of_command.open("c", &sealed).unwrap().expose_secret(), "hush");
    let sealed = of_command.seal("c", "hush").unwrap();
    assert_eq!(sealer(&current, "").open("c", &sealed).unwrap().expose_secret(), "hush");
    config.sealing_key_command = vec!["true".to_owned()];
    assert!(Sealer::configured(&config).err().unwrap().contains("prints no current key"));
}

#[test]
fn a_running_process_follows_its_key_ring_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let first = generate_key().unwrap();
    let config = security(&first, "", path.to_str().unwrap());
    let (one, two) = (Sealer::configured(&config).unwrap(), Sealer::configured(&config).unwrap());
    let before = one.seal("c", "hush").unwrap();
    let rotated = rotate(&path, one.keys_of_configuration(), false).unwrap();
    let after = one.seal("c", "hush").unwrap();
    assert!(after.starts_with(&format!("s1.{}.", rotated.key_id)), "{after}");
    // The other process has sealed nothing since: it reads the file because the key is unknown.
    assert_eq!(two.open("c", &after).unwrap().expose_secret(), "hush");
    assert_eq!(two.open("c", &before).unwrap().expose_secret(), "hush");
    // The file alone opens everything.
    let alone = Sealer::configured(&security("", "", path.to_str().unwrap())).unwrap();
    assert_eq!(alone.open("c", &before).unwrap().expose_secret(), "hush");
    // A broken file changes nothing in a running process, and stops a new one.
    std::fs::write(&path, "broken\n").unwrap();
    assert!(one.seal("c", "hush").unwrap().starts_with(&format!("s1.{}.", rotated.key_id)));
    assert!(Sealer::configured(&config).is_err());
}

#[test]
fn a_ring_without_a_current_key_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    std::fs::write(&path, format!("former {}\n", generate_key().unwrap())).unwrap();
    let config = security(&generate_key().unwrap(), "", path.to_str().unwrap());
    assert!(Sealer::configured(&config).err().unwrap().contains("has no current key"));
}

#[test]
fn backup_keys_differ_by_salt_and_sealing_key() {
    let (old, new) = (generate_key().unwrap(), generate_key().unwrap());
    let (of_old, of_both) = (sealer(&old, ""), sealer(&new, &old));
    let (id, key) = of_old.derive(None, b"salt", b"info").unwrap();
    assert_eq!(of_both.derive(Some(&id), b"salt", b"info").unwrap().1, key);
    assert_ne!(of_both.derive(None, b"salt", b"info").unwrap().1, key);
    assert_ne!(of_old.derive(None, b"other", b"info").unwrap().1, key);
    assert_ne!(of_old.derive(None, b"salt", b"other").unwrap().1, key);
    assert!(matches!(of_old.derive(Some("00000000"), b"s", b"i"), Err(SealError::UnknownKey(_))));
}
