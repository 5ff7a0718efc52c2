//! Runs an import: a check of all rows that writes nothing, and the writing, in batches of one transaction each. A run that stopped is
//! continued by the next one, which finds what is here already.

use std::collections::{BTreeMap, HashSet};

use vestibule_core::{fold::fold, ids::UserId};
use vestibule_store::{
    Database, Error, Tx,
    people::{groups, members},
    trail::events::{
        self,
        kinds::{GroupCreated, GroupUpdated, named},
    },
};
use vestibule_transfer::{BadRow, Item, Person, Row};

use super::{
    Import, Problem,
    known::Known,
    old_id_attribute, person,
    plan::{Plan, line_of, plan},
    report::Report,
    settings,
};

/// People per transaction. Other writers can run between two batches.
const BATCH: usize = 100;

/// Checks every row. Returns the report, and the positions of the bad rows.
pub fn check(
    database: &Database,
    import: &Import<'_>,
    rows: impl Iterator<Item = Row>,
) -> Result<(Report, HashSet<usize>), Error> {
    database.read(|conn| {
        let (mut report, mut bad) = (Report::default(), HashSet::new());
        let mut known = Known::read(conn, &import.workspace_id)?;
        let mut new_groups = HashSet::new();
        for (position, row) in rows.enumerate() {
            report.rows += 1;
            let line = line_of(&row);
            let checked =
                row.map_err(|bad| Problem::Row(bad.sentence)).and_then(|record| match record.item {
                    Item::Person(person) => {
                        known.use_person(&person, line)?;
                        if person.old_id.is_some() {
                            known.add_old_id()?;
                        }
                        let plan = plan(conn, import, &mut known, &person)?;
                        for name in &plan.groups {
                            let key = fold(name);
                            if !new_groups.contains(&key)
                                && groups::find_by_name(conn, &import.workspace_id, name)?.is_none()
                            {
                                new_groups.insert(key);
                                report.count("groups");
                            }
                        }
                        report_plan(&mut report, line, &plan);
                        Ok(())
                    }
                    Item::Other(kind) => {
                        report.leave(&kind);
                        Ok(())
                    }
                    item => {
                        if let Item::Group(group) = &item {
                            known.use_once("group name", &fold(&group.name), line)?;
                            if !new_groups.insert(fold(&group.name)) {
                                return Ok(());
                            }
                        }
                        if let Some(kind) = settings::check(conn, import, &mut known, &item)? {
                            report.count(kind);
                        }
                        Ok(())
                    }
                });
            match checked {
                Ok(()) => {}
                Err(Problem::Row(sentence)) => {
                    bad.insert(position);
                    report.bad(BadRow { line, sentence });
                }
                Err(Problem::Store(error)) => return Err(error),
            }
        }
        Ok((report, bad))
    })
}

/// Writes the rows that are not among the bad ones. The bad rows of its report are those that became bad since the check.
pub fn write(
    database: &Database,
    import: &Import<'_>,
    rows: impl Iterator<Item = Row>,
    bad: &HashSet<usize>,
) -> Result<Report, Error> {
    let mut known = database.read(|conn| Known::read(conn, &import.workspace_id))?;
    let (mut report, mut batch) = (Report::default(), Vec::new());
    for (position, row) in rows.enumerate() {
        report.rows += 1;
        if bad.contains(&position) {
            continue;
        }
        let record = match row {
            Ok(record) => record,
            Err(bad) => {
                report.bad(bad);
                continue;
            }
        };
        match record.item {
            Item::Person(person) => {
                if person.old_id.is_some() && !known.has_old_id() {
                    declare_old_id(database, import, &mut known)?;
                }
                batch.push((record.line, person));
                if batch.len() >= BATCH {
                    write_batch(database, import, &mut known, &mut report, &std::mem::take(&mut batch))?;
                }
            }
            Item::Other(kind) => report.leave(&kind),
            item => {
                let done = database.write(|conn| settings::apply(conn, import, &mut known, &item));
                match done {
                    Ok(Some(kind)) => report.count(kind),
                    Ok(None) => {}
                    Err(problem) => note_bad(&mut report, record.line, problem)?,
                }
            }
        }
    }
    write_batch(database, import, &mut known, &mut report, &batch)?;
    Ok(report)
}

/// Declares the attribute for the old system's id. Another import may have done so at the same time.
fn declare_old_id(database: &Database, import: &Import<'_>, known: &mut Known) -> Result<(), Error> {
    let declared = database.write(|conn| {
        let mut fresh = Known::read(conn, &import.workspace_id)?;
        if !fresh.has_old_id() {
            settings::declare(conn, import, &mut fresh, old_id_attribute())?;
        }
        Ok::<_, Problem>(())
    });
    match declared {
        Ok(()) => {}
        Err(Problem::Store(error)) => return Err(error),
        Err(Problem::Row(sentence)) => return Err(Error::Conflict(sentence)),
    }
    *known = database.read(|conn| Known::read(conn, &import.workspace_id))?;
    Ok(())
}

/// Writes people in one transaction. If one of them is refused, each is written in a transaction of its own, so that only the bad row
/// is left out.
fn write_batch(
    database: &Database,
    import: &Import<'_>,
    known: &mut Known,
    report: &mut Report,
    batch: &[(usize, Box<Person>)],
) -> Result<(), Error> {
    if batch.is_empty() {
        return Ok(());
    }
    match write_people(database, import, known, batch) {
        Ok(written) => {
            add(report, written);
            return Ok(());
        }
        Err(Problem::Store(Error::Conflict(_) | Error::NotFound) | Problem::Row(_)) => {}
        Err(Problem::Store(error)) => return Err(error),
    }
    for one in batch {
        match write_people(database, import, known, std::slice::from_ref(one)) {
            Ok(written) => add(report, written),
            Err(problem) => note_bad(report, one.0, problem)?,
        }
    }
    Ok(())
}

/// Writes people and their memberships in one transaction. Returns the new groups, and each person's line and plan.
fn write_people(
    database: &Database,
    import: &Import<'_>,
    known: &mut Known,
    batch: &[(usize, Box<Person>)],
) -> Result<Written, Problem> {
    database.write(|conn| {
        let mut written = Written::default();
        let mut joining: BTreeMap<String, (String, Vec<UserId>)> = BTreeMap::new();
        for (line, person) in batch {
            let plan = plan(conn, import, known, person)?;
            if !plan.is_empty() {
                let user_id = person::apply(conn, import, known, &plan, person.is_provisioned)?;
                for name in &plan.groups {
                    let entry = joining.entry(fold(name)).or_insert_with(|| (name.clone(), Vec::new()));
                    entry.1.push(user_id.clone());
                }
            }
            written.plans.push((*line, plan));
        }
        written.groups = join(conn, import, joining.into_values())?;
        Ok(written)
    })
}

/// What a transaction wrote.
#[derive(Default)]
struct Written {
    /// Number of new groups.
    groups: usize,
    /// Line and plan of each person.
    plans: Vec<(usize, Plan)>,
}

/// Adds people to groups, which are created if need be, and locked in the order of their ids. Returns the number of new groups.
fn join(
    conn: &mut Tx<'_>,
    import: &Import<'_>,
    joining: impl Iterator<Item = (String, Vec<UserId>)>,
) -> Result<usize, Problem> {
    let (workspace_id, cause, now) = (&import.workspace_id, &import.actor.cause, import.actor.now);
    let (mut existing, mut new) = (Vec::new(), Vec::new());
    for (name, people) in joining {
        match groups::find_by_name(conn, workspace_id, &name)? {
            Some(group) => existing.push((group.group_id, people)),
            None => new.push((name, people)),
        }
    }
    existing.sort();
    let mut changed = Vec::new();
    for (group_id, people) in existing {
        let before = groups::get_locked(conn, workspace_id, &group_id)?;
        let added = members::add(conn, workspace_id, &group_id, &people, now)?;
        if !added.is_empty() {
            let mut group = before.clone();
            groups::save(conn, &before, &mut group, now)?;
            changed.push((group, added));
        }
    }
    let count = new.len();
    for (name, people) in new {
        let group = groups::create(conn, workspace_id, &name, None, now)?;
        let added = members::add(conn, workspace_id, &group.group_id, &people, now)?;
        let data = GroupCreated {
            display_name: &group.display_name,
            members: added.len(),
            parked: 0,
            joined: named(&added),
        };
        events::record(conn, workspace_id, cause, group.target(), &data, now)?;
    }
    for (group, added) in changed {
        let data = GroupUpdated {
            display_name: &group.display_name,
            added: added.len(),
            removed: 0,
            parked: 0,
            joined: named(&added),
            left: &[],
            renamed_from: None,
        };
        events::record(conn, workspace_id, cause, group.target(), &data, now)?;
    }
    Ok(count)
}

fn add(report: &mut Report, written: Written) {
    for _ in 0..written.groups {
        report.count("groups");
    }
    for (line, plan) in written.plans {
        report_plan(report, line, &plan);
    }
}

fn report_plan(report: &mut Report, line: usize, plan: &Plan) {
    report.note(line, plan.notes.iter().cloned());
    match plan.is_empty() {
        true => report.unchanged += 1,
        false => report.change(person::described(line, plan)),
    }
}

/// A row that was good when it was checked, and is not any more.
fn note_bad(report: &mut Report, line: usize, problem: Problem) -> Result<(), Error> {
    let sentence = match problem {
        Problem::Row(sentence) => sentence,
        Problem::Store(Error::Conflict(rule)) => vestibule_admin::refusal::violated(&rule).to_owned(),
        Problem::Store(Error::NotFound) => {
            "the person was changed at the same time; run the import again".to_owned()
        }
        Problem::Store(error) => return Err(error),
    };
    report.bad(BadRow { line, sentence });
    Ok(())
}
