//! What the network and AWS do to requests.

mod support;

use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future::ProvideCredentials;
use edafw_core::{
    Delivered, Destination, ErrorKind, ExtendLease, Message, Ordering, Provision, Topology, Transport,
};
use edafw_sqs::{SqsTransport, Topics};
use edafw_testkit::transport::fixture::{TOPIC, bodies, messages, queue, receipts, topology};

use support::place::Place;
use support::proxy::{Fault, Proxy};

const QUEUE: &str = "shop.ship";
const LEASE: Duration = Duration::from_secs(3);

/// A queue on an emulator, and a handle that goes through a proxy.
struct Shop {
    place: Place,
    proxy: Proxy,
    transport: SqsTransport,
}

impl Shop {
    async fn open(topics: Topics) -> Self {
        let place = Place::new(topics);
        let declared = topology(vec![queue(QUEUE, &[Some("order.paid")])]);
        place.connect().apply(&declared).await.expect("the queue is made");
        let proxy = Proxy::to(place.emulator.endpoint());
        let transport = place.connect_through(proxy.endpoint(), &declared);
        Self { place, proxy, transport }
    }

    async fn publish(&self, messages: &[Message]) -> edafw_core::Result<Vec<edafw_core::Result<()>>> {
        self.transport.publish(&Destination::Topic(TOPIC.to_owned()), messages).await
    }

    async fn publish_all(&self, labels: &str) {
        for result in self.publish(&messages(labels)).await.expect("the request is answered") {
            result.expect("each entry is accepted");
        }
    }

    async fn receive(&self) -> Vec<Delivered> {
        self.transport.receive(QUEUE, 10, LEASE, Duration::ZERO).await.expect("a receive")
    }

    /// Everything that comes until two leases have passed without anything.
    async fn drain(&self) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            let delivered = self.transport.receive(QUEUE, 10, LEASE, LEASE * 2).await.expect("a receive");
            if delivered.is_empty() {
                return seen;
            }
            for result in self.transport.acknowledge(&receipts(&delivered)).await.expect("acknowledges") {
                result.expect("each is removed");
            }
            seen.extend(delivered.iter().map(|one| one.body.to_string()));
        }
    }
}

#[tokio::test]
async fn requests_that_do_not_get_through_are_tried_again() {
    let shop = Shop::open(Topics::Fifo).await;
    for action in ["PublishBatch", "ReceiveMessage", "DeleteMessageBatch"] {
        shop.proxy.spoil(action, &[Fault::Throttled, Fault::Broken]);
    }
    shop.publish_all("a1 b2 a3").await;
    assert_eq!(shop.drain().await, ["a1", "b2", "a3"]);
    assert!(shop.proxy.is_done());
}

#[tokio::test]
async fn an_accepted_batch_whose_answer_is_lost_comes_once() {
    let shop = Shop::open(Topics::Fifo).await;
    shop.proxy.spoil("PublishBatch", &[Fault::AnswerLost]);
    shop.publish_all("a1 b2 a3").await;
    assert!(shop.proxy.is_done());
    assert_eq!(shop.proxy.count("PublishBatch", ""), 2, "sent again by the SDK");
    assert_eq!(shop.drain().await, ["a1", "b2", "a3"]);
}

#[tokio::test]
async fn the_next_generation_of_a_message_is_not_swallowed() {
    let shop = Shop::open(Topics::Fifo).await;
    let mut sent = messages("a1");
    for generation in [0, 0, 1] {
        sent[0].generation = generation;
        shop.publish(&sent).await.expect("answered")[0].as_ref().expect("accepted");
    }
    assert_eq!(shop.drain().await, ["a1", "a1"], "the repeated generation is swallowed, the next one is not");
}

#[tokio::test]
async fn a_queue_gets_what_it_is_sent_alone_however_often() {
    let shop = Shop::open(Topics::Fifo).await;
    let sent = messages("a1");
    shop.publish(&sent).await.expect("answered")[0].as_ref().expect("accepted");
    let to = Destination::Queue(QUEUE.to_owned());
    shop.transport.publish(&to, &sent).await.expect("answered")[0].as_ref().expect("accepted");
    assert_eq!(shop.drain().await, ["a1", "a1"], "asked for within the time of deduplication");
}

#[tokio::test]
async fn a_message_that_comes_twice_on_standard_topics_is_delivered_twice() {
    let shop = Shop::open(Topics::Standard).await;
    shop.proxy.spoil("PublishBatch", &[Fault::Twice]);
    shop.publish_all("-1").await;
    assert_eq!(shop.drain().await, ["-1", "-1"], "the inbox recognises it, not the transport");
}

#[tokio::test]
async fn each_entry_is_settled_by_its_own_result() {
    let shop = Shop::open(Topics::Fifo).await;
    shop.proxy.spoil("PublishBatch", &[Fault::LastEntryRefused]);
    let results = shop.publish(&messages("a1 b2 c3")).await.expect("answered");
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, true, false]);
    let error = results[2].as_ref().expect_err("refused");
    assert!(error.is_transient() && error.chain().contains("InternalError"), "{}", error.chain());

    let delivered = shop.receive().await;
    assert_eq!(bodies(&delivered), "a1 b2", "the refused one did not come");
    shop.proxy.spoil("DeleteMessageBatch", &[Fault::LastEntryRefused]);
    let results = shop.transport.acknowledge(&receipts(&delivered)).await.expect("answered");
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false]);
    assert!(results[1].as_ref().is_err_and(|error| !error.is_fenced()), "it was refused, not lost");
    assert_eq!(shop.drain().await, ["b2"], "what was not removed comes again");
}

#[tokio::test]
async fn a_lease_that_could_not_be_extended_is_not_lost() {
    let shop = Shop::open(Topics::Fifo).await;
    shop.publish_all("a1 b2").await;
    let delivered = shop.receive().await;
    shop.proxy.spoil("ChangeMessageVisibilityBatch", &[Fault::LastEntryRefused]);
    let lost = shop.transport.extend(&receipts(&delivered), LEASE).await.expect("answered");
    assert_eq!(lost, []);
    shop.proxy.spoil("ChangeMessageVisibilityBatch", &[Fault::LastEntryRefused]);
    let error = shop.transport.release(&receipts(&delivered)).await.expect_err("one was not released");
    assert!(error.is_transient());
    assert_eq!(bodies(&shop.receive().await), "a1", "the others were");
}

#[tokio::test]
async fn an_endpoint_that_is_away_is_an_outage() {
    let mut shop = Shop::open(Topics::Fifo).await;
    shop.publish_all("a1").await;
    let delivered = shop.receive().await;
    shop.place.emulator.stop();
    let sent = shop.publish(&messages("a2")).await.expect_err("nobody answers");
    let received = shop.transport.receive(QUEUE, 1, LEASE, Duration::ZERO).await.expect_err("nobody answers");
    let removed = shop.transport.acknowledge(&receipts(&delivered)).await.expect_err("nobody answers");
    for (error, right) in
        [(sent, "sns:Publish"), (received, "sqs:ReceiveMessage"), (removed, "sqs:DeleteMessage")]
    {
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.chain().contains(right), "{}", error.chain());
        assert!(error.chain().contains("shop-"), "{}", error.chain());
    }
}

#[tokio::test]
async fn what_aws_refuses_names_the_right_and_the_resource() {
    let shop = Shop::open(Topics::Fifo).await;
    shop.publish_all("a1").await;
    let delivered = shop.receive().await;
    for code in ["AccessDenied", "ExpiredToken", "SignatureDoesNotMatch"] {
        for action in ["PublishBatch", "ReceiveMessage", "DeleteMessageBatch"] {
            shop.proxy.spoil(action, &[Fault::Refused(code)]);
        }
        let sent = shop.publish(&messages("a2")).await.expect_err("refused");
        let received = shop.transport.receive(QUEUE, 1, LEASE, Duration::ZERO).await.expect_err("refused");
        let removed = shop.transport.acknowledge(&receipts(&delivered)).await.expect_err("refused");
        for (error, right, resource) in [
            (sent, "sns:Publish", "shop-internal.fifo"),
            (received, "sqs:ReceiveMessage", "shop-ship.fifo"),
            (removed, "sqs:DeleteMessage", "shop-ship.fifo"),
        ] {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{code}");
            let text = error.chain();
            assert!(text.contains(right) && text.contains(resource), "{text}");
        }
    }
}

/// Has looked everywhere and found nothing.
#[derive(Debug)]
struct Nobody;

impl aws_sdk_sqs::config::ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> ProvideCredentials<'a>
    where
        Self: 'a,
    {
        ProvideCredentials::ready(Err(CredentialsError::not_loaded_no_source()))
    }
}

#[tokio::test]
async fn no_credentials_at_all_are_a_mistake_in_the_set_up() {
    let place = Place::new(Topics::Fifo);
    let endpoint = place.emulator.endpoint();
    let settings = support::place::sqs(endpoint).config().to_builder();
    let sqs = aws_sdk_sqs::Client::from_conf(settings.credentials_provider(Nobody).build());
    let sns = support::place::sns(endpoint);
    let transport = SqsTransport::with_clients(place.config.clone(), sns, sqs, &Topology::default());
    let error = transport.receive(QUEUE, 1, LEASE, Duration::ZERO).await.expect_err("nobody asks");
    assert_eq!(error.kind(), ErrorKind::Configuration, "{}", error.chain());
    assert!(error.chain().starts_with("no credentials of AWS were found for sqs:"), "{}", error.chain());
}

#[tokio::test]
async fn what_is_too_large_is_refused_alone() {
    let shop = Shop::open(Topics::Fifo).await;
    let mut sent = messages("a1 b2 c3 d4");
    let limit = shop.transport.limits().message_bytes;
    sent[1].body = format!("\"{}\"", "x".repeat(300_000));
    sent[2].body = format!("\"{}\"", "y".repeat(limit - 2));
    sent[3].body = format!("\"{}\"", "z".repeat(limit - 2));
    let results = shop.publish(&sent).await.expect("answered");
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true, true]);
    assert_eq!(results[1].as_ref().expect_err("too large").kind(), ErrorKind::Payload);
    assert_eq!(shop.proxy.count("PublishBatch", ""), 3, "no request is larger than SNS takes");
    let mut bytes: Vec<usize> = shop.drain().await.iter().map(String::len).collect();
    // Of different keys, in requests of their own that do not wait for each other.
    bytes.sort_unstable();
    assert_eq!(bytes, [2, limit, limit]);
}

#[tokio::test]
async fn a_thousand_events_take_few_requests_and_nothing_is_listed() {
    let shop = Shop::open(Topics::Fifo).await;
    let all: Vec<Message> = (0..1_000)
        .map(|n| Message { key: Some(format!("case-{n}")), ..messages(&format!("a{n}")).remove(0) })
        .collect();
    for batch in all.chunks(shop.transport.limits().batch) {
        assert!(shop.publish(batch).await.expect("answered").iter().all(Result::is_ok));
    }
    let mut received = 0;
    while received < all.len() {
        // As a worker receives: now and then a look whether to stop.
        let wait = Duration::from_millis(250);
        let delivered = shop.transport.receive(QUEUE, 200, LEASE * 20, wait).await.expect("a receive");
        received += delivered.len();
        shop.transport.acknowledge(&receipts(&delivered)).await.expect("acknowledges");
    }
    let publishing = shop.proxy.count("PublishBatch", "");
    assert!(publishing <= 110, "{publishing} requests");
    let consuming = shop.proxy.count("ReceiveMessage", "") + shop.proxy.count("DeleteMessageBatch", "");
    assert!(consuming <= 220, "{consuming} requests");
    let others = ["ListTopics", "ListQueues", "GetQueueUrl", "ChangeMessageVisibilityBatch"];
    assert!(others.iter().map(|action| shop.proxy.count(action, "")).sum::<usize>() <= 4);
    assert_eq!(shop.proxy.count("ListTopics", "") + shop.proxy.count("ListQueues", ""), 0);
}

#[tokio::test]
async fn an_idle_queue_costs_few_requests() {
    let shop = Shop::open(Topics::Fifo).await;
    for _ in 0..8 {
        let delivered = shop.transport.receive(QUEUE, 10, LEASE, Duration::from_millis(100)).await;
        assert!(delivered.expect("a receive").is_empty());
    }
    assert_eq!(shop.proxy.count("ReceiveMessage", ""), 1, "one request waits for all of them");
    shop.publish_all("a1").await;
    let received = shop.transport.receive(QUEUE, 10, LEASE, Duration::from_millis(900));
    assert_eq!(bodies(&received.await.expect("a receive")), "a1", "and it gets what comes");
}

#[tokio::test]
async fn ordering_none_is_a_standard_queue_on_the_fifo_topic() {
    let place = Place::new(Topics::Fifo);
    let mut unordered = queue("shop.count", &[None]);
    unordered.ordering = Ordering::None;
    let declared: Topology = topology(vec![unordered, queue(QUEUE, &[None])]);
    let transport = place.connect();
    transport.apply(&declared).await.expect("the queues are made");
    assert_eq!(transport.plan(&declared).await.expect("compares"), []);
    let to = Destination::Topic(TOPIC.to_owned());
    transport.publish(&to, &messages("a1 a2")).await.expect("answered");
    for (queue, lane) in [("shop.count", None), (QUEUE, Some("a"))] {
        let delivered = transport.receive(queue, 10, LEASE, Duration::ZERO).await.expect("a receive");
        assert_eq!(delivered.len(), 2, "{queue}");
        assert!(delivered.iter().all(|one| one.receipt.lane.as_deref() == lane), "{queue}");
    }
}
