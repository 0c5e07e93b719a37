create table event (
    id           bigint generated always as identity primary key,
    event_id     uuid   not null unique,
    key          bigint not null,
    payload      json   not null,
    published_at bigint
);
create table outbox (id bigint primary key, due_at bigint not null);
create index outbox_due on outbox (due_at, id);
create table inbox (event_id uuid primary key, processed_at bigint not null);
-- The outbox table as Debezium's outbox event router documents it.
create table plain_outbox (
    id            uuid primary key,
    aggregatetype text not null,
    aggregateid   text not null,
    type          text not null,
    payload       json not null
);
