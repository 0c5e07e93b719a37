//! Receiving.

use std::sync::Arc;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use edafw_core::{Delivered, Receipt, Result};

use crate::chunks::ENTRIES;
use crate::client::while_waiting;
use crate::error::{Doing, is_missing};
use crate::long_poll::{Batch, seconds};
use crate::message::{KEY, lane};
use crate::names::Kind;
use crate::queues::{Physical, Place};
use crate::receipts;
use crate::transport::SqsTransport;

/// How long a receive waits before it looks again whether the former queues are empty.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What is needed to send requests: cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Requests {
    sqs: Client,
}

impl Requests {
    pub(crate) async fn request_messages(
        &self,
        queue: &Physical,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Batch> {
        let doing = Doing { right: "sqs:ReceiveMessage", resource: &queue.name };
        let request = self
            .sqs
            .receive_message()
            .queue_url(&*queue.url)
            .max_number_of_messages(max.clamp(1, ENTRIES) as i32)
            .visibility_timeout(seconds(lease))
            .wait_time_seconds(wait.as_secs() as i32)
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount)
            .message_system_attribute_names(MessageSystemAttributeName::MessageGroupId)
            .message_attribute_names(KEY)
            .customize()
            .config_override(aws_sdk_sqs::config::Builder::new().timeout_config(while_waiting(wait)));
        Ok(request.send().await.map_err(|error| doing.failed(error))?.messages.unwrap_or_default())
    }
}

impl SqsTransport {
    pub(crate) fn requests(&self) -> Requests {
        Requests { sqs: self.sqs.clone() }
    }

    pub(crate) async fn request_messages(
        &self,
        queue: &Physical,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Batch> {
        self.requests().request_messages(queue, max, lease, wait).await
    }

    pub(crate) async fn take(
        &self,
        queue: &str,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Vec<Delivered>> {
        let place = self.queues.place(queue).await?;
        if let Some(delivered) = self.take_former(queue, &place, max, lease, wait).await? {
            return Ok(delivered);
        }
        let mut messages = match self.poll(&place.queue, max.min(ENTRIES), lease, wait).await {
            Ok(messages) => messages,
            Err(error) => {
                if is_missing(&error) {
                    self.queues.is_gone(&place.queue);
                }
                return Err(error);
            }
        };
        // A full answer says that there may be more.
        let mut full = messages.len() == ENTRIES;
        while full && messages.len() < max {
            let most = (max - messages.len()).min(ENTRIES);
            let more = self.request_messages(&place.queue, most, lease, Duration::ZERO).await;
            // What is in hand already must not be stranded by what comes after.
            let more = more.unwrap_or_default();
            full = more.len() == ENTRIES;
            messages.extend(more);
        }
        Ok(messages.iter().filter_map(|one| delivered(queue, &place.queue, one)).collect())
    }

    /// What the queues hold that this one replaces; `None` once they are empty.
    async fn take_former(
        &self,
        queue: &str,
        place: &Place,
        max: usize,
        lease: Duration,
        wait: Duration,
    ) -> Result<Option<Vec<Delivered>>> {
        let former = place.former();
        for one in &former {
            let messages = match self.request_messages(one, max.min(ENTRIES), lease, Duration::ZERO).await {
                Err(error) if is_missing(&error) => Vec::new(),
                messages => messages?,
            };
            if !messages.is_empty() {
                return Ok(Some(messages.iter().filter_map(|each| delivered(queue, one, each)).collect()));
            }
            match self.count(one).await {
                Ok(0) => place.forget(one),
                Err(error) if is_missing(&error) => place.forget(one),
                Err(error) => return Err(error),
                Ok(_) => {
                    tokio::time::sleep(wait.min(LOOK_AGAIN)).await;
                    return Ok(Some(Vec::new()));
                }
            }
        }
        Ok(None)
    }

    /// Gives back what nobody waits for any more. Where that fails, the leases end by themselves.
    pub(crate) async fn hand_back(&self, queue: &Physical, messages: &[Message]) {
        let name: Arc<str> = Arc::clone(&queue.name);
        let receipts: Vec<Receipt> =
            messages.iter().filter_map(|one| delivered(&name, queue, one)).map(|one| one.receipt).collect();
        if !receipts.is_empty()
            && let Err(error) = self.hide(&receipts, Duration::ZERO).await
        {
            tracing::debug!(queue = &*name, error = error.chain(), "could not give messages back");
        }
    }
}

fn delivered(queue: &str, physical: &Physical, message: &Message) -> Option<Delivered> {
    let handle = message.receipt_handle()?;
    let attribute = |name: MessageSystemAttributeName| message.attributes().and_then(|all| all.get(&name));
    let receive_count = attribute(MessageSystemAttributeName::ApproximateReceiveCount);
    let group = attribute(MessageSystemAttributeName::MessageGroupId).filter(|_| physical.kind == Kind::Fifo);
    let key = message.message_attributes().and_then(|all| all.get(KEY)).and_then(|key| key.string_value());
    Some(Delivered {
        receipt: Receipt {
            queue: queue.into(),
            handle: receipts::handle(&physical.name, handle),
            lane: group.and_then(|group| lane(group, key)).map(Arc::from),
            token: 0,
        },
        receive_count: receive_count.and_then(|count| count.parse().ok()).unwrap_or(1),
        body: message.body().unwrap_or_default().into(),
    })
}
