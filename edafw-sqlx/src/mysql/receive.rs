//! Taking messages: lanes as a whole, and messages without a lane one by one.

use std::sync::Arc;
use std::time::Duration;

use edafw_core::{Delivered, Result};
use sqlx::Row;
use sqlx::mysql::MySqlRow;

use super::connection::Work;
use super::rows::text;
use super::script::{Json, Place, Script, cases, lists};
use super::store::MySqlStore;
use crate::receipts::{delivered, new_token, no_such_queue};

/// Messages behind the first ones that one receive looks at, at most.
const LOOKED_AT: usize = 4_000;

/// What can be taken.
enum Visible {
    Lane { lane: String, expired: Option<i64> },
    Loose(Found),
}

/// A message.
struct Found {
    position: i64,
    lane: Option<usize>,
    body: String,
    receives: i64,
}

impl MySqlStore {
    pub(super) async fn receive_now(
        &self,
        queue: &str,
        max: usize,
        lease: Duration,
    ) -> Result<Vec<Delivered>> {
        let mut work = self.framework.work("receive messages").await?;
        let (limit, now) = (max as i64, self.now());
        let mut script = Script::begin();
        let values = (&queue, &now, &limit);
        let lanes = script.add(include_str!("sql/receive_lanes.sql"), &[values.0, values.1, values.2]);
        let loose = script.add(include_str!("sql/receive_loose.sql"), &[values.0, values.1, values.2]);
        let exists = script.add(include_str!("sql/queue_exists.sql"), &[&queue]);
        let answers = work.run(script).await?;
        let exists = answers.value(exists).map_err(work.failed())? != 0;
        let mut visible = answers
            .rows(lanes)
            .iter()
            .map(visible_lane)
            .chain(answers.rows(loose).iter().map(visible_message))
            .collect::<sqlx::Result<Vec<_>>>()
            .map_err(work.failed())?;
        if visible.is_empty() {
            work.run(Script::default().commit()).await?;
            work.end();
            return if exists { Ok(Vec::new()) } else { Err(no_such_queue(queue)) };
        }
        // What waits longest comes first, be it a lane or a message by itself. The rest is free again at COMMIT.
        visible.sort_by_key(|(visible_at, _)| *visible_at);
        visible.truncate(max);
        let mut lanes = Vec::new();
        let mut found = Vec::new();
        for (_, one) in visible {
            match one {
                Visible::Lane { lane, expired } => lanes.push((lane, expired)),
                Visible::Loose(message) => found.push(message),
            }
        }
        let loose: Vec<i64> = found.iter().map(|message| message.position).collect();
        let mut names = Vec::with_capacity(lanes.len());
        if !lanes.is_empty() {
            let (heads, followed) = self.heads(&mut work, queue, &lanes).await?;
            names = lanes.into_iter().map(|(lane, _)| lane).collect();
            found.extend(heads);
            let room = max.saturating_sub(found.len());
            if room > 0 && !followed.is_empty() {
                found.extend(self.followers(&mut work, queue, &names, &followed, room).await?);
            }
        }
        // In the order of positions, so that the last one of a lane is how far it is held.
        found.sort_unstable_by_key(|message| message.position);
        let mut held_to = vec![None; names.len()];
        for message in &found {
            if let Some(lane) = message.lane {
                held_to[lane] = Some(message.position);
            }
        }
        let held: Vec<_> =
            names.iter().zip(&held_to).filter_map(|(lane, held_to)| Some((lane, (*held_to)?))).collect();
        let (token, lease_end) = (new_token(), self.after(lease));
        let mut script = Script::default();
        for (lanes, held_to) in cases(&held) {
            let sql = include_str!("sql/take_lanes.sql");
            script.add(sql, &[&queue, &lanes, &held_to, &lease_end, &token]);
        }
        for positions in lists(&loose) {
            script.add(include_str!("sql/take_loose.sql"), &[&positions, &lease_end, &token]);
        }
        work.run(script.commit()).await?;
        work.end();
        let queue: Arc<str> = Arc::from(queue);
        Ok(found
            .into_iter()
            .map(|Found { position, lane, body, receives }| {
                let lane = lane.map(|lane| &*names[lane]);
                delivered(&queue, position, lane, &*body, receives + 1, token)
            })
            .collect())
    }

    /// The first message of each lane; and behind which of them there are more, with their positions.
    async fn heads(
        &self,
        work: &mut Work,
        queue: &str,
        lanes: &[(String, Option<i64>)],
    ) -> Result<(Vec<Found>, Vec<(usize, i64)>)> {
        let mut script = Script::default();
        for (lane, expired) in lanes {
            if let Some(held_to) = expired {
                script.add(include_str!("sql/count_receives.sql"), &[&queue, lane, held_to]);
            }
        }
        let names: Vec<&String> = lanes.iter().map(|(lane, _)| lane).collect();
        let heads = script.add(include_str!("sql/receive_heads.sql"), &[&Json(names), &queue]);
        let answers = work.run(script).await?;
        let mut found = Vec::with_capacity(lanes.len());
        let mut followed = Vec::new();
        for row in answers.rows(heads) {
            let (message, next) = head(row).map_err(work.failed())?;
            if let (Some(lane), true) = (message.lane, next) {
                followed.push((lane, message.position));
            }
            found.push(message);
        }
        // The lanes came in the order in which they have waited, and the rows in any.
        followed.sort_unstable();
        Ok((found, followed))
    }

    /// What stands behind the heads, up to the first message of each lane that is to be tried again later: that
    /// one holds the rest of its lane.
    async fn followers(
        &self,
        work: &mut Work,
        queue: &str,
        names: &[String],
        followed: &[(usize, i64)],
        room: usize,
    ) -> Result<Vec<Found>> {
        let followed = &followed[..followed.len().min(room)];
        let each = room.min(LOOKED_AT.div_ceil(followed.len())) as i64;
        let now = self.now();
        let mut script = Script::default();
        let places: Vec<(usize, Place)> = followed
            .iter()
            .map(|(lane, head)| {
                let sql = include_str!("sql/receive_followers.sql");
                (*lane, script.add(sql, &[&queue, &names[*lane], head, &each, &now]))
            })
            .collect();
        let answers = work.run(script).await?;
        let mut found = Vec::new();
        for (lane, place) in places {
            for row in answers.rows(place) {
                let (message, waits) = follower(row, lane).map_err(work.failed())?;
                if waits {
                    break;
                }
                found.push(message);
            }
        }
        found.sort_unstable_by_key(|message| message.position);
        found.truncate(room);
        Ok(found)
    }
}

fn visible_lane(row: &MySqlRow) -> sqlx::Result<(i64, Visible)> {
    let token: Option<i64> = row.try_get(1)?;
    let held_to = row.try_get(2)?;
    let lane = text(row, 0)?.unwrap_or_default();
    Ok((row.try_get(3)?, Visible::Lane { lane, expired: token.map(|_| held_to) }))
}

fn visible_message(row: &MySqlRow) -> sqlx::Result<(i64, Visible)> {
    let found =
        Found { position: row.try_get(0)?, lane: None, body: row.try_get(1)?, receives: row.try_get(2)? };
    Ok((row.try_get(3)?, Visible::Loose(found)))
}

fn head(row: &MySqlRow) -> sqlx::Result<(Found, bool)> {
    // Counted from 1.
    let place: i64 = row.try_get(1)?;
    let found = Found {
        position: row.try_get(0)?,
        lane: Some(place as usize - 1),
        body: row.try_get(2)?,
        receives: row.try_get(3)?,
    };
    Ok((found, row.try_get::<i64, _>(4)? != 0))
}

fn follower(row: &MySqlRow, lane: usize) -> sqlx::Result<(Found, bool)> {
    let found = Found {
        position: row.try_get(0)?,
        lane: Some(lane),
        body: row.try_get(1)?,
        receives: row.try_get(2)?,
    };
    Ok((found, row.try_get::<i64, _>(3)? != 0))
}
