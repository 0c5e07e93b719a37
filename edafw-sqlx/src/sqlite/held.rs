//! Messages in hand: whether a receipt still holds them, and removing them.

use std::collections::{BTreeSet, HashMap};

use edafw_core::{Receipt, Result};
use sqlx::SqliteConnection;

use super::error::database;
use crate::json::{from_json, json};
use crate::receipts::{Removal, by_token, position};

/// A message that receipts name.
pub(super) struct Known {
    pub(super) position: i64,
    queue: String,
    lane: Option<String>,
    /// Where it is the head of its lane: when its lease ends.
    lease_end: Option<i64>,
    pub(super) held: bool,
}

/// Position, queue, lane, end of the lease, and whether the token holds.
type KnownRow = (i64, String, Option<String>, Option<i64>, Option<i64>);

/// What there is of the messages behind receipts of one token, by handle.
pub(super) async fn known(
    connection: &mut SqliteConnection,
    receipts: &[&Receipt],
    token: i64,
) -> Result<HashMap<String, Known>> {
    let doing = "look for messages in hand";
    let rows: String = sqlx::query_scalar(include_str!("sql/held.sql"))
        .bind(handles(receipts))
        .bind(token)
        .fetch_one(connection)
        .await
        .map_err(database(doing))?;
    let rows: Vec<KnownRow> = from_json(&rows).map_err(database(doing))?;
    Ok(rows
        .into_iter()
        .map(|(position, queue, lane, lease_end, held)| {
            (position.to_string(), Known { position, queue, lane, lease_end, held: held == Some(1) })
        })
        .collect())
}

/// Removes messages and lets the next of their lanes follow; one answer per receipt.
pub(super) async fn remove(
    connection: &mut SqliteConnection,
    receipts: &[Receipt],
    now: i64,
) -> Result<Vec<Removal>> {
    if remove_first(connection, receipts, now).await? {
        return Ok(vec![Removal::Removed; receipts.len()]);
    }
    let doing = "acknowledge messages";
    let mut answers = HashMap::with_capacity(receipts.len());
    let mut held_by = Vec::new();
    for (token, group) in by_token(receipts) {
        let mut known = known(connection, &group, token).await?;
        for receipt in group {
            let answer = match known.get(&*receipt.handle) {
                None => Removal::Gone,
                Some(one) if one.held => Removal::Removed,
                Some(_) => Removal::Lost,
            };
            answers.insert(receipt, answer);
        }
        known.retain(|_, one| one.held);
        held_by.push((token, known));
    }
    for (token, held) in held_by {
        let positions: Vec<i64> = held.values().map(|one| one.position).collect();
        sqlx::query(include_str!("sql/acknowledge.sql"))
            .bind(json(&positions))
            .execute(&mut *connection)
            .await
            .map_err(database(doing))?;
        let heads: Vec<_> =
            held.values().filter_map(|one| Some((&one.queue, one.lane.as_ref()?, one.lease_end?))).collect();
        if heads.is_empty() {
            continue;
        }
        sqlx::query(include_str!("sql/promote.sql"))
            .bind(json(&heads))
            .bind(token)
            .bind(now)
            .execute(&mut *connection)
            .await
            .map_err(database(doing))?;
    }
    Ok(receipts.iter().map(|receipt| answers[receipt]).collect())
}

/// As [`remove`] where the receipts are of one receive, which still holds their messages, and those are the first
/// of their lanes; otherwise it does nothing and answers `false`.
async fn remove_first(connection: &mut SqliteConnection, receipts: &[Receipt], now: i64) -> Result<bool> {
    let doing = "acknowledge messages";
    let Some(token) = receipts.first().map(|receipt| receipt.token) else { return Ok(true) };
    let mut positions = BTreeSet::new();
    let mut last_of_lanes: HashMap<&str, i64> = HashMap::new();
    for receipt in receipts {
        let of_one_receive = receipt.token == token && receipt.queue == receipts[0].queue;
        let Some(position) = position(receipt).filter(|_| of_one_receive) else { return Ok(false) };
        positions.insert(position);
        if let Some(lane) = &receipt.lane {
            let last = last_of_lanes.entry(lane).or_insert(position);
            *last = position.max(*last);
        }
    }
    let positions = json(&positions);
    let lanes = json(&last_of_lanes.values().collect::<Vec<_>>());
    let holds: bool = sqlx::query_scalar(include_str!("sql/holds_first.sql"))
        .bind(&positions)
        .bind(&lanes)
        .bind(token)
        .fetch_one(&mut *connection)
        .await
        .map_err(database(doing))?;
    if holds {
        sqlx::query(include_str!("sql/remove_first.sql"))
            .bind(&positions)
            .bind(&lanes)
            .bind(token)
            .bind(now)
            .execute(&mut *connection)
            .await
            .map_err(database(doing))?;
    }
    Ok(holds)
}

/// The positions behind the receipts, as a JSON array.
pub(super) fn handles(receipts: &[&Receipt]) -> String {
    json(&receipts.iter().filter_map(|receipt| position(receipt)).collect::<Vec<i64>>())
}
