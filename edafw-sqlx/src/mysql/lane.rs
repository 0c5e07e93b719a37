//! Lanes in hand: acknowledging, extending and giving back.
//!
//! A lane is a key that has messages in a queue. Its row is what receivers take: while it has their token, they
//! hold every message of the lane up to `held_to`, and nobody else any of them. So a receive writes one row per
//! lane and none per message, and whoever lost a lane lost all of it. Whoever adds, takes or removes messages of a
//! lane locks its row first; several in the order of the primary key, so that nobody waits in a circle. With the
//! row locked, what a statement sees of the lane's messages is what there is.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use edafw_core::Receipt;
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::rows::text;
use super::script::{Answers, Json, Literal, Moment, Now, Place, Script, cases, lists};
use crate::receipts::{Removal, position};

/// Queue and lane.
type Name = (String, String);

/// Receipts, and what the database says about the lanes and messages that they name.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Position and token, with the lane where the message has one.
    named: BTreeMap<(i64, i64), (String, Option<String>)>,
    /// Token and `held_to` of the lanes that are there.
    holders: BTreeMap<Name, (Option<i64>, i64)>,
    messages: HashMap<i64, Message>,
    /// Position and `not_before` of the first message of each lane.
    heads: BTreeMap<Name, (i64, i64)>,
    places: Option<[Place; 3]>,
}

/// A message that is there: its lane, or its own token.
#[derive(Debug)]
struct Message {
    queue: String,
    lane: Option<String>,
    token: Option<i64>,
}

/// What a receipt is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    Gone,
    Lost,
    Held,
}

impl Lanes {
    pub(super) fn of(receipts: &[Receipt]) -> Self {
        let named = receipts.iter().filter_map(|receipt| {
            let lane = receipt.lane.as_deref().map(str::to_owned);
            Some(((position(receipt)?, receipt.token), (receipt.queue.to_string(), lane)))
        });
        Self {
            named: named.collect(),
            holders: BTreeMap::new(),
            messages: HashMap::new(),
            heads: BTreeMap::new(),
            places: None,
        }
    }

    fn names(&self) -> BTreeSet<(&str, &str)> {
        self.named.values().filter_map(|(queue, lane)| Some((&**queue, lane.as_deref()?))).collect()
    }

    /// Locks lanes and messages, and looks at them.
    pub(super) fn look(&mut self, mut script: Script) -> Script {
        let (lanes, messages) = self.lock(&mut script);
        let heads = script.add(include_str!("sql/first_of_lanes.sql"), &[&Json(self.names())]);
        self.places = Some([lanes, messages, heads]);
        script
    }

    /// Locks lanes and messages, and removes what the receipts hold.
    pub(super) fn remove(&mut self, mut script: Script) -> Script {
        let (lanes, messages) = self.lock(&mut script);
        let in_lanes: Vec<_> = self
            .named
            .iter()
            .filter_map(|((position, token), (queue, lane))| Some((position, token, queue, lane.as_ref()?)))
            .collect();
        script.add(include_str!("sql/delete_held.sql"), &[&Json(in_lanes)]);
        script.add(include_str!("sql/delete_loose.sql"), &[&Json(Vec::from_iter(self.named.keys()))]);
        let heads = script.add(include_str!("sql/first_of_lanes.sql"), &[&Json(self.names())]);
        self.places = Some([lanes, messages, heads]);
        script
    }

    fn lock(&self, script: &mut Script) -> (Place, Place) {
        let positions: BTreeSet<_> = self.named.keys().map(|(position, _)| position).collect();
        let lanes = script.add(include_str!("sql/lock_lanes.sql"), &[&Json(self.names())]);
        (lanes, script.add(include_str!("sql/lock_messages.sql"), &[&Json(positions)]))
    }

    /// Reads what a look, or the look before a removal, has found.
    pub(super) fn read(&mut self, answers: &Answers) -> sqlx::Result<()> {
        let [lanes, messages, heads] = self.places.expect("a script was made before");
        self.holders = answers.rows(lanes).iter().map(lane).collect::<sqlx::Result<_>>()?;
        self.messages = answers.rows(messages).iter().map(message).collect::<sqlx::Result<_>>()?;
        self.heads = answers.rows(heads).iter().map(head).collect::<sqlx::Result<_>>()?;
        Ok(())
    }

    /// Whether a message was found in another place than its receipt says, because its queue has a new name. From
    /// now on it is looked for there.
    pub(super) fn have_moved(&mut self) -> bool {
        let mut moved = false;
        for ((position, _), (queue, lane)) in &mut self.named {
            let Some(there) = self.messages.get(position) else { continue };
            if there.lane.is_some() && (*queue != there.queue || *lane != there.lane) {
                queue.clone_from(&there.queue);
                lane.clone_from(&there.lane);
                moved = true;
            }
        }
        moved
    }

    fn hold(&self, position: i64, token: i64) -> Hold {
        let Some(message) = self.messages.get(&position) else { return Hold::Gone };
        let held = match &message.lane {
            None => message.token == Some(token),
            Some(lane) => {
                let name = (message.queue.clone(), lane.clone());
                self.holders.get(&name).is_some_and(|lane| lane.0 == Some(token) && position <= lane.1)
            }
        };
        if held { Hold::Held } else { Hold::Lost }
    }

    /// Whether a receipt still holds its message.
    pub(super) fn holds(&self, receipt: &Receipt) -> bool {
        position(receipt).is_some_and(|position| self.hold(position, receipt.token) == Hold::Held)
    }

    /// What [`remove`](Self::remove) did, one answer per receipt.
    pub(super) fn removed(&mut self, answers: &Answers, receipts: &[Receipt]) -> sqlx::Result<Vec<Removal>> {
        self.read(answers)?;
        Ok(receipts
            .iter()
            .map(|receipt| match position(receipt).map(|position| self.hold(position, receipt.token)) {
                Some(Hold::Held) => Removal::Removed,
                Some(Hold::Lost) => Removal::Lost,
                Some(Hold::Gone) | None => Removal::Gone,
            })
            .collect())
    }

    /// The lanes that one of the receipts holds, with `held_to`.
    fn ours(&self) -> impl Iterator<Item = (&Name, i64)> {
        let tokens: BTreeSet<i64> = self.named.keys().map(|(_, token)| *token).collect();
        self.holders
            .iter()
            .filter(move |(_, (token, _))| token.is_some_and(|token| tokens.contains(&token)))
            .map(|(name, (_, held_to))| (name, *held_to))
    }

    /// The lanes of which nothing is in hand any more although there are messages, with `not_before`.
    fn free(&self) -> impl Iterator<Item = (&Name, i64)> {
        self.ours().filter_map(|(name, held_to)| {
            let (position, not_before) = self.heads.get(name)?;
            (*position > held_to).then_some((name, *not_before))
        })
    }

    /// The queues of which something can be received once the follow-up of a removal is committed.
    pub(super) fn freed(&self) -> BTreeSet<String> {
        self.free().map(|((queue, _), _)| queue.clone()).collect()
    }

    /// What is to be done about the lanes after a removal.
    pub(super) fn follow_up(&self, mut script: Script, now: Now) -> Option<Script> {
        let empty: Vec<_> =
            self.ours().map(|(name, _)| name).filter(|name| !self.heads.contains_key(*name)).collect();
        let free: Vec<_> = self.free().collect();
        if empty.is_empty() && free.is_empty() {
            return None;
        }
        if !empty.is_empty() {
            script.add(include_str!("sql/delete_lanes.sql"), &[&Json(empty)]);
        }
        free_lanes(&mut script, free, &now);
        Some(script)
    }

    /// Lets the leases of what is held end later.
    pub(super) fn extend(&self, mut script: Script, lease_end: &Moment) -> Script {
        let (lanes, loose) = self.held();
        for (queue, lanes) in grouped(lanes.into_keys().map(|(queue, lane)| (queue, lane))) {
            for list in lists(&lanes) {
                script.add(include_str!("sql/extend_lanes.sql"), &[queue, &list, lease_end]);
            }
        }
        for list in lists(&loose) {
            script.add(include_str!("sql/extend_loose.sql"), &[&list, lease_end]);
        }
        script
    }

    /// The held messages: by lane the first one, and those without a lane.
    fn held(&self) -> (BTreeMap<&Name, i64>, Vec<i64>) {
        let mut first: BTreeMap<&Name, i64> = BTreeMap::new();
        let mut loose = Vec::new();
        for (position, token) in self.named.keys() {
            if self.hold(*position, *token) != Hold::Held {
                continue;
            }
            let message = &self.messages[position];
            let name = message.lane.as_ref().and_then(|lane| {
                self.holders.get_key_value(&(message.queue.clone(), lane.clone())).map(|(name, _)| name)
            });
            match name {
                // In the order of positions, so that the first one stays.
                Some(name) => _ = first.entry(name).or_insert(*position),
                None => loose.push(*position),
            }
        }
        (first, loose)
    }

    /// Gives back what is held, to be received again in `delay`; the receive counts only if there is one.
    ///
    /// The first of a lane gives up the lane; a later one is no longer in hand, nor what is behind it.
    pub(super) fn give_back(&self, mut script: Script, now: Now, delay: Option<Duration>) -> Script {
        let at = Moment(now, delay.unwrap_or_default().as_millis() as i64);
        let (lanes, loose) = self.held();
        if delay.is_some() {
            let positions: Vec<i64> = lanes.values().copied().collect();
            for list in lists(&positions) {
                script.add(include_str!("sql/delay_messages.sql"), &[&list, &at]);
            }
        }
        let is_head =
            |name: &Name, position: i64| self.heads.get(name).is_some_and(|head| head.0 == position);
        let (heads, later): (Vec<_>, Vec<_>) =
            lanes.into_iter().partition(|(name, position)| is_head(name, *position));
        free_lanes(&mut script, heads.into_iter().map(|(name, _)| (name, 0)), &at);
        let shorter = later.into_iter().map(|((queue, lane), position)| (queue, (lane, position - 1)));
        for (queue, lanes) in grouped(shorter) {
            for (list, held_to) in cases(&lanes) {
                script.add(include_str!("sql/shorten_lanes.sql"), &[queue, &list, &held_to]);
            }
        }
        let uncounted = i64::from(delay.is_none());
        for list in lists(&loose) {
            script.add(include_str!("sql/give_back_loose.sql"), &[&list, &at, &uncounted]);
        }
        script
    }
}

/// Lets others have lanes at `at`, or when the first message of one may be tried again.
fn free_lanes<'a>(script: &mut Script, lanes: impl IntoIterator<Item = (&'a Name, i64)>, at: &dyn Literal) {
    let lanes = lanes.into_iter().map(|((queue, lane), not_before)| ((queue, not_before), lane));
    for ((queue, not_before), lanes) in grouped(lanes) {
        for list in lists(&lanes) {
            script.add(include_str!("sql/free_lanes.sql"), &[queue, &list, at, &not_before]);
        }
    }
}

/// What belongs together: a statement names one queue. The lanes are locked, so that their order is free.
fn grouped<K: Ord, V>(pairs: impl Iterator<Item = (K, V)>) -> BTreeMap<K, Vec<V>> {
    let mut groups: BTreeMap<K, Vec<V>> = BTreeMap::new();
    for (key, value) in pairs {
        groups.entry(key).or_default().push(value);
    }
    groups
}

/// What came of receipts that were removed in two looks.
pub(super) fn later(first: Vec<Removal>, second: Vec<Removal>) -> Vec<Removal> {
    let pairs = first.into_iter().zip(second);
    pairs.map(|(first, second)| if first == Removal::Removed { first } else { second }).collect()
}

fn name(row: &MySqlRow, queue: usize, lane: usize) -> sqlx::Result<Name> {
    Ok((row.try_get(queue)?, text(row, lane)?.unwrap_or_default()))
}

fn lane(row: &MySqlRow) -> sqlx::Result<(Name, (Option<i64>, i64))> {
    Ok((name(row, 0, 1)?, (row.try_get(2)?, row.try_get(3)?)))
}

fn message(row: &MySqlRow) -> sqlx::Result<(i64, Message)> {
    let message = Message { queue: row.try_get(1)?, lane: text(row, 2)?, token: row.try_get(3)? };
    Ok((row.try_get(0)?, message))
}

fn head(row: &MySqlRow) -> sqlx::Result<(Name, (i64, i64))> {
    let not_before: Option<i64> = row.try_get(3)?;
    Ok((name(row, 1, 2)?, (row.try_get(0)?, not_before.unwrap_or_default())))
}
