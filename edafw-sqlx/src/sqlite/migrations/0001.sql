-- The event store: append-only; outbox, history and log in one. Times are milliseconds since 1970 (UTC).
-- Positions rise for ever, because the newest row is never deleted: so SQLite need not keep their sequence.
create table edafw_event (
    position     integer primary key,
    event_id     text    not null unique,
    channel      text    not null,
    source       text    not null,
    name         text    not null,
    version      integer not null,
    key          text,
    time         integer not null,
    payload      text    not null,
    headers      text    not null,
    stored_at    integer not null,
    published_at integer,
    generation   integer not null default 0 -- the last send's, once its outbox row is gone
) strict;
create index edafw_event_key on edafw_event (key, position) where key is not null;

-- Events on their way to the transport; deleted when the recorder has polled them back.
create table edafw_outbox (
    position     integer primary key,
    key          text,
    due_at       integer not null,
    token        integer,
    attempts     integer not null default 0,
    generation   integer not null default 0,
    sent_at      integer,
    exhausted_at integer,
    last_error   text
) strict;
create index edafw_outbox_unsent on edafw_outbox (position) where sent_at is null;
create index edafw_outbox_unsent_key on edafw_outbox (key, position) where sent_at is null and key is not null;
create index edafw_outbox_unconfirmed on edafw_outbox (sent_at)
    where sent_at is not null and exhausted_at is null;

-- No event without its outbox row. A trigger, because each statement that the driver answers by itself wakes a task.
create trigger edafw_event_stored after insert on edafw_event
begin
    insert into edafw_outbox (position, key, due_at) values (new.position, new.key, 0);
end;

-- Declared idempotency keys; they outlive their events.
create table edafw_producer_key (
    source          text not null,
    name            text not null,
    idempotency_key text not null,
    event_id        text not null,
    primary key (source, name, idempotency_key)
) strict, without rowid;

-- What a subscriber has done: the fence of effect once. Row ids rise with time, so old rows come first.
create table edafw_inbox (
    id              integer primary key,
    subscriber      text    not null,
    source          text    not null,
    name            text    not null,
    idempotency_key text    not null,
    processed_at    integer not null,
    unique (subscriber, source, name, idempotency_key)
) strict;

-- Attempts at effects that did not succeed at once.
create table edafw_attempt (
    subscriber      text    not null,
    source          text    not null,
    name            text    not null,
    idempotency_key text    not null,
    attempts        integer not null,
    first_at        integer not null,
    last_error      text,
    primary key (subscriber, source, name, idempotency_key)
) strict, without rowid;

create table edafw_dead_letter (
    id              integer primary key autoincrement,
    subscriber      text    not null,
    source          text    not null,
    name            text    not null,
    idempotency_key text    not null,
    key             text,
    queue           text    not null,
    body            text    not null,
    cause           text    not null,
    error           text    not null,
    attempts        integer not null,
    holds_key       integer not null,
    at              integer not null,
    unique (subscriber, source, name, idempotency_key)
) strict;
create index edafw_dead_letter_hold on edafw_dead_letter (subscriber, key) where holds_key = 1;

create table edafw_pause (subscriber text primary key) strict, without rowid;

-- The embedded transport: queues, what they are bound to, and their messages.
create table edafw_queue (
    name          text    primary key,
    service       text    not null,
    ordered       integer not null,
    registered_at integer not null
) strict, without rowid;

create table edafw_binding (
    topic text not null,
    event text not null, -- '*' for every event of the topic
    queue text not null,
    primary key (topic, event, queue)
) strict, without rowid;

-- A message whose visible_at is null stands behind an earlier message of its lane. It may be that it is to be
-- tried again later than that one: then not_before says when.
create table edafw_message (
    position   integer primary key autoincrement,
    queue      text    not null,
    lane       text,
    body       text    not null,
    visible_at integer,
    not_before integer,
    token      integer,
    receives   integer not null default 0
) strict;
create index edafw_message_visible on edafw_message (queue, visible_at, position) where visible_at is not null;
create index edafw_message_lane on edafw_message (queue, lane, position) where lane is not null;

create table edafw_meta (name text primary key, value integer not null) strict, without rowid;
