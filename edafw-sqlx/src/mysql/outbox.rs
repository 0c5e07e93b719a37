//! What the relay claims and settles.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use edafw_core::{
    Archived, BoxFuture, EventId, EventQuery, EventStore, Outgoing, OwnQueues, RepublishPolicy, Republished,
    Result, Schema, SendResult, StoreCounts, StoredEvent,
};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::connection::again;
use super::error::database;
use super::rows;
use super::script::{Json, Script, lists};
use super::store::MySqlStore;
use super::{archive, confirmation, history, migrate};
use crate::boxed::boxed;
use crate::doorbell::OUTBOX;
use crate::receipts::new_token;

/// Unsent rows that a claim looks at. Only where none of them can be claimed, the first of every key is looked at.
const WINDOW: usize = 2_000;

impl EventStore for MySqlStore {
    fn identity(&self) -> &str {
        &self.identity
    }

    fn claim(&self, limit: usize, lease: Duration) -> BoxFuture<'_, Result<Vec<Outgoing>>> {
        boxed(async move {
            let bell = self.doorbell.bell(OUTBOX);
            bell.answer();
            let claimed = again(|| self.claim_now(limit, lease)).await;
            // A claim that met another one, or was full, means that there may be more; one that failed, that nobody
            // has looked.
            if claimed.as_ref().map_or(true, |(_, more)| *more) {
                bell.ring();
            }
            claimed.map(|(claimed, _)| claimed)
        })
    }

    fn settle<'a>(&'a self, results: &'a [SendResult]) -> BoxFuture<'a, Result<usize>> {
        boxed(async move { again(|| self.settle_all(results)).await })
    }

    fn wait_for_events(&self, timeout: Duration) -> BoxFuture<'_, ()> {
        boxed(self.wait_for(OUTBOX, timeout))
    }

    fn confirm<'a>(&'a self, ids: &'a [EventId]) -> BoxFuture<'a, Result<usize>> {
        boxed(async move { again(|| confirmation::confirm(self, ids)).await })
    }

    fn republish<'a>(
        &'a self,
        policy: &'a RepublishPolicy,
        recorder_is_idle: bool,
    ) -> BoxFuture<'a, Result<Republished>> {
        boxed(async move { again(|| confirmation::republish(self, policy, recorder_is_idle)).await })
    }

    fn republish_event(&self, id: EventId) -> BoxFuture<'_, Result<bool>> {
        boxed(async move { again(|| confirmation::republish_event(self, id)).await })
    }

    fn events<'a>(&'a self, query: &'a EventQuery) -> BoxFuture<'a, Result<Vec<StoredEvent>>> {
        boxed(history::events(self, query))
    }

    fn redact<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<u64>> {
        boxed(async move { again(|| history::redact(self, key)).await })
    }

    fn archive(&self, older_than: Duration, after: i64, limit: usize) -> BoxFuture<'_, Result<Archived>> {
        boxed(async move { again(|| archive::archive(self, older_than, after, limit)).await })
    }

    fn has_unsent(&self) -> BoxFuture<'_, Result<bool>> {
        boxed(async move {
            let doing = "look for unsent events";
            let answers =
                self.framework.once(doing, Script::of(include_str!("sql/has_unsent.sql"), &[])).await?;
            let found: i64 = answers.first_row().and_then(|row| row.try_get(0)).map_err(database(doing))?;
            Ok(found != 0)
        })
    }

    fn counts(&self) -> BoxFuture<'_, Result<StoreCounts>> {
        boxed(history::counts(self))
    }

    fn schema(&self) -> BoxFuture<'_, Result<Option<Schema>>> {
        boxed(migrate::schema(self))
    }

    fn migrate(&self) -> BoxFuture<'_, Result<Vec<u32>>> {
        boxed(migrate::migrate(self))
    }

    fn migrations(&self) -> &'static [(u32, &'static str)] {
        migrate::MIGRATIONS
    }

    fn own_queues(&self) -> Option<&dyn OwnQueues> {
        None
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        boxed(self.close_all())
    }
}

/// An unsent row, as a look without locks has seen it.
struct Unsent {
    position: i64,
    key: Option<Vec<u8>>,
    due: bool,
}

impl MySqlStore {
    /// Claims, and says whether there may be more at once.
    ///
    /// The invariant: who claims a row has locked every earlier unsent row of its key, or has seen none. Candidates
    /// come from a look without locks, that sees all unsent rows up to some position. They are locked in that
    /// order, skipping what somebody else has locked, and looked at again as they are now. Of each key the
    /// candidates before the first one that is missing are claimed. So of two claimers that saw the same rows of a
    /// key, the one that has the first row has the key, and the other one has nothing of it. A row that committed
    /// after the look at an earlier position is of a transaction that the database did not order before the others.
    async fn claim_now(&self, limit: usize, lease: Duration) -> Result<(Vec<Outgoing>, bool)> {
        let candidates = self.candidates(limit).await?;
        if candidates.is_empty() {
            return Ok((Vec::new(), false));
        }
        let mut work = self.framework.work("claim events").await?;
        let positions: Vec<i64> = candidates.iter().map(|row| row.position).collect();
        let (rows, now) = (limit as i64, self.now());
        let mut script = Script::begin();
        let locked = script.add(include_str!("sql/claim_lock.sql"), &[&Json(positions), &now, &rows]);
        let answers = work.run(script).await?;
        let mut locked: HashMap<i64, (u32, u32)> = answers
            .rows(locked)
            .iter()
            .map(|row| Ok((row.try_get(0)?, (number(row, 1)?, number(row, 2)?))))
            .collect::<sqlx::Result<_>>()
            .map_err(work.failed())?;
        let met_others = locked.len() < candidates.len().min(limit);
        let full = locked.len() == limit;
        let mut broken: HashSet<&[u8]> = HashSet::new();
        for Unsent { position, key, .. } in &candidates {
            let Some(key) = key.as_deref() else { continue };
            if broken.contains(key) {
                locked.remove(position);
            } else if !locked.contains_key(position) {
                broken.insert(key);
            }
        }
        let mut positions: Vec<i64> = locked.keys().copied().collect();
        positions.sort_unstable();
        let token = new_token();
        let mut script = Script::default();
        for list in lists(&positions) {
            let sql = include_str!("sql/claim.sql");
            script.add(sql, &[&list, &now, &(lease.as_millis() as i64), &token]);
        }
        let events = script.add(include_str!("sql/claimed_events.sql"), &[&Json(&positions)]);
        let answers = work.run(script.commit()).await?;
        let mut claimed = answers
            .rows(events)
            .iter()
            .map(|row| {
                let (position, channel, envelope) = rows::event(row)?;
                let (generation, attempts) = locked.get(&position).copied().unwrap_or_default();
                Ok(Outgoing { position, channel, envelope, generation, attempts, token })
            })
            .collect::<sqlx::Result<Vec<_>>>()
            .map_err(work.failed())?;
        work.end();
        claimed.sort_unstable_by_key(|one| one.position);
        Ok((claimed, met_others || full))
    }

    /// What could be claimed, in the order of positions; somewhat more than wanted, for what others take meanwhile.
    async fn candidates(&self, limit: usize) -> Result<Vec<Unsent>> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let (now, enough) = (self.now(), limit as i64 * 4);
        let mut size = (limit * 4).clamp(200, WINDOW.max(limit));
        loop {
            let window = Script::of(include_str!("sql/claim_window.sql"), &[&now, &(size as i64)]);
            let rows = self.unsent(window).await?;
            let all = rows.len() < size;
            let mut candidates = due(rows);
            if all || !candidates.is_empty() {
                candidates.truncate(enough as usize);
                return Ok(candidates);
            }
            if size >= WINDOW {
                break;
            }
            size = WINDOW;
        }
        let mut candidates =
            self.unsent(Script::of(include_str!("sql/claim_keyless.sql"), &[&now, &enough])).await?;
        let heads =
            self.unsent(Script::of(include_str!("sql/claim_heads.sql"), &[&now, &(limit as i64)])).await?;
        if !heads.is_empty() {
            let each = enough.div_euclid(heads.len() as i64);
            let mut script = Script::default();
            for head in &heads {
                let key = String::from_utf8_lossy(head.key.as_deref().unwrap_or_default());
                script.add(include_str!("sql/claim_key.sql"), &[&now, &each, &&*key]);
            }
            candidates.extend(self.unsent(script).await?);
        }
        candidates.sort_unstable_by_key(|row| row.position);
        let mut candidates = due(candidates);
        candidates.truncate(enough as usize);
        Ok(candidates)
    }

    /// The rows of every statement of a script.
    async fn unsent(&self, script: Script) -> Result<Vec<Unsent>> {
        let doing = "look for unsent events";
        let answers = self.framework.once(doing, script).await?;
        let unsent = |row: &MySqlRow| {
            let due: i64 = row.try_get(2)?;
            Ok(Unsent { position: row.try_get(0)?, key: row.try_get(1)?, due: due != 0 })
        };
        answers.all_rows().map(unsent).collect::<sqlx::Result<_>>().map_err(database(doing))
    }

    async fn settle_all(&self, results: &[SendResult]) -> Result<usize> {
        let doing = "settle claimed events";
        let (mut sent, mut back, mut failed) = (Vec::new(), Vec::new(), Vec::new());
        for result in results {
            match result {
                SendResult::Sent { position, token } => sent.push((*position, *token)),
                SendResult::GivenBack { position, token } => back.push((*position, *token)),
                SendResult::Failed { position, token, retry_in, error } => {
                    failed.push((*position, *token, retry_in.as_millis() as i64, error));
                    self.doorbell.expect((*retry_in).max(Duration::from_millis(1)));
                }
            }
        }
        sent.sort_unstable();
        back.sort_unstable();
        failed.sort_unstable();
        let now = self.now();
        let mut script = Script::begin();
        let mut settled = Vec::new();
        for (token, positions) in by_token(&sent) {
            for list in lists(&positions) {
                settled.push(script.add(include_str!("sql/settle_sent.sql"), &[&list, &token, &now]));
            }
        }
        for (token, positions) in by_token(&back) {
            for list in lists(&positions) {
                settled.push(script.add(include_str!("sql/settle_given_back.sql"), &[&list, &token]));
            }
        }
        for (position, token, delay, error) in &failed {
            let sql = include_str!("sql/settle_failed.sql");
            settled.push(script.add(sql, &[position, token, &now, delay, error]));
        }
        let mut script = script.commit();
        // What was given back, and what waited behind a key that is free now.
        let due = script.add(include_str!("sql/due.sql"), &[&now]);
        let answers = self.framework.once(doing, script).await?;
        if answers.value(due).map_err(database(doing))? != 0 {
            self.doorbell.ring(OUTBOX);
        }
        Ok(answers.all_affected(&settled) as usize)
    }
}

/// The positions of each token, all in the order given: what is settled was claimed together, and has one token.
fn by_token(claimed: &[(i64, i64)]) -> impl Iterator<Item = (i64, Vec<i64>)> {
    let of_one = claimed.chunk_by(|one, next| one.1 == next.1);
    of_one.map(|rows| (rows[0].1, rows.iter().map(|(position, _)| *position).collect()))
}

/// Those that are due and have no earlier row of their key that is not.
fn due(rows: Vec<Unsent>) -> Vec<Unsent> {
    let mut blocked: HashSet<Vec<u8>> = HashSet::new();
    let mut candidates = Vec::new();
    for row in rows {
        match &row.key {
            Some(key) if blocked.contains(key) => {}
            Some(key) if !row.due => _ = blocked.insert(key.clone()),
            _ if row.due => candidates.push(row),
            _ => {}
        }
    }
    candidates
}

fn number(row: &MySqlRow, column: usize) -> sqlx::Result<u32> {
    row.try_get::<i64, _>(column).map(|number| number as u32)
}
