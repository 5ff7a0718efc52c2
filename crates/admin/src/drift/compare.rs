//! Compares the people of a workspace with a list of assignments. Pure.

use std::collections::HashMap;

use vestibule_core::fold::fold;
use vestibule_store::drift::{Found, Line, Person};
use vestibule_transfer::assignments::{self, Assignment};
use vestibule_transfer::{BadFile, BadRow};

/// Most rows that can't be read and are named.
const BAD_ROWS: usize = 20;

/// A list of assignments as read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assignments {
    /// The rows that were read.
    pub rows: Vec<Assignment>,
    /// Number of rows that could not be read.
    pub bad: usize,
    /// The first of them: the line, and what is wrong.
    pub first_bad: Vec<BadRow>,
}

impl Assignments {
    /// Reads a CSV of assignments.
    ///
    /// # Errors
    /// [`BadFile`] when the file has no column that names people.
    pub fn of_csv(bytes: &[u8]) -> Result<Self, BadFile> {
        let mut read = Self::default();
        for row in assignments::read(bytes)? {
            match row {
                Ok(row) => read.rows.push(row),
                Err(bad) => {
                    read.bad += 1;
                    if read.first_bad.len() < BAD_ROWS {
                        read.first_bad.push(bad);
                    }
                }
            }
        }
        Ok(read)
    }
}

/// The differences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// Assigned there and unknown here; the id is empty.
    pub assigned_not_here: Found,
    /// Active here and not in the list.
    pub here_not_assigned: Found,
    /// Deactivated there and active here.
    pub deactivated_there: Found,
}

/// Compares everybody with the list, and names the first of each kind. A row means the person with its id, else the one with its name, else
/// the only one with its address.
pub fn compare(people: &[Person], rows: &[Assignment], first: i64) -> Compared {
    let places = Places::of(people);
    // For each person: whether the list has them, and whether a row says that they are active.
    let mut listed: Vec<Option<bool>> = vec![None; people.len()];
    let mut unknown: HashMap<String, String> = HashMap::new();
    for row in rows {
        let is_active = row.active != Some(false);
        match places.find(row) {
            Some(place) => {
                if let Some(said) = listed.get_mut(place) {
                    *said = Some(said.unwrap_or(false) || is_active);
                }
            }
            // People who are deactivated at the provider need not exist here.
            None if is_active => {
                let name = row.names.first().or(row.id.as_ref()).cloned().unwrap_or_default();
                unknown.entry(fold(&name)).or_insert(name);
            }
            None => {}
        }
    }
    let active = || people.iter().zip(&listed).filter(|(person, _)| person.active);
    let line = |(person, _): (&Person, &Option<bool>)| Line {
        id: person.id.clone(),
        name: person.user_name.clone(),
        detail: String::new(),
    };
    let not_here = unknown.into_values().map(|name| Line { name, ..Line::default() });
    Compared {
        assigned_not_here: Found::by_name(not_here.collect(), first),
        here_not_assigned: Found::by_name(
            active().filter(|(_, said)| said.is_none()).map(line).collect(),
            first,
        ),
        deactivated_there: Found::by_name(
            active().filter(|(_, said)| **said == Some(false)).map(line).collect(),
            first,
        ),
    }
}

/// Where each person is, by what a list may call them.
struct Places<'a> {
    by_id: HashMap<&'a str, usize>,
    by_name: HashMap<&'a str, usize>,
    /// `None`: several people have the address.
    by_email: HashMap<String, Option<usize>>,
}

impl<'a> Places<'a> {
    fn of(people: &'a [Person]) -> Self {
        let mut places = Self { by_id: HashMap::new(), by_name: HashMap::new(), by_email: HashMap::new() };
        for (place, person) in people.iter().enumerate() {
            if let Some(id) = &person.external_id {
                places.by_id.insert(id, place);
            }
            places.by_name.insert(&person.user_name_key, place);
            if let Some(email) = &person.email {
                let known = places.by_email.entry(fold(email));
                known.and_modify(|other| *other = None).or_insert(Some(place));
            }
        }
        places
    }

    fn find(&self, row: &Assignment) -> Option<usize> {
        let by_id = row.id.as_ref().and_then(|id| self.by_id.get(id.as_str()).copied());
        let keys: Vec<String> = row.names.iter().map(|name| fold(name)).collect();
        by_id
            .or_else(|| keys.iter().find_map(|key| self.by_name.get(key.as_str()).copied()))
            .or_else(|| keys.iter().find_map(|key| self.by_email.get(key).copied().flatten()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: Option<&str>, external_id: Option<&str>, active: bool) -> Person {
        Person {
            id: format!("id of {name}"),
            user_name: name.to_owned(),
            user_name_key: fold(name),
            email: email.map(str::to_owned),
            external_id: external_id.map(str::to_owned),
            active,
        }
    }

    fn names(found: &Found) -> Vec<&str> {
        found.first.iter().map(|line| line.name.as_str()).collect()
    }

    fn compared(people: &[Person], csv: &str) -> [Vec<String>; 3] {
        let list = Assignments::of_csv(csv.as_bytes()).unwrap();
        let Compared { assigned_not_here, here_not_assigned, deactivated_there } =
            compare(people, &list.rows, 10);
        [assigned_not_here, here_not_assigned, deactivated_there]
            .map(|found| names(&found).into_iter().map(str::to_owned).collect())
    }

    #[test]
    fn the_differences_are_found_and_no_others() {
        let people = [
            person("ada@acme.example", None, Some("00uada"), true),
            person("bob@acme.example", Some("robert@acme.example"), None, true),
            person("cat@acme.example", None, None, true),
            person("dan@acme.example", None, None, true),
            person("eve@acme.example", None, None, false),
            person("fay@acme.example", None, None, true),
        ];
        let csv = "Login,User Id,Status\nADA.NEW@acme.example,00uada,ACTIVE\nRobert@Acme.example,,ACTIVE\nCAT@acme.example,,\n\
                   dan@acme.example,,DEPROVISIONED\neve@acme.example,,SUSPENDED\nnew@acme.example,,ACTIVE\n\
                   New@acme.example,,ACTIVE\ngone@acme.example,,DEPROVISIONED\n";
        let expected = ["new@acme.example", "fay@acme.example", "dan@acme.example"];
        assert_eq!(compared(&people, csv), expected.map(|name| vec![name.to_owned()]));
    }

    #[test]
    fn a_person_is_active_there_if_one_of_their_rows_says_so() {
        let people = [person("ada@acme.example", None, None, true)];
        let csv = "Login,Status\nada@acme.example,DEPROVISIONED\nada@acme.example,ACTIVE\n";
        assert_eq!(compared(&people, csv), [vec![], vec![], Vec::<String>::new()]);
    }

    #[test]
    fn an_address_of_several_people_means_none_of_them() {
        let shared = Some("team@acme.example");
        let people = [person("ada", shared, None, true), person("bob", shared, None, true)];
        let [not_here, not_assigned, _] = compared(&people, "Email\nteam@acme.example\n");
        assert_eq!((not_here, not_assigned.len()), (vec!["team@acme.example".to_owned()], 2));
    }

    #[test]
    fn rows_that_can_t_be_read_are_told_and_the_others_count() {
        let list = Assignments::of_csv(b"Login;Status\nada;ACTIVE\nbob\n;ACTIVE\ncat;WHAT\n").unwrap();
        assert_eq!((list.rows.len(), list.bad), (1, 3));
        assert_eq!(list.first_bad.iter().map(|bad| bad.line).collect::<Vec<_>>(), [3, 4, 5]);
    }
}
