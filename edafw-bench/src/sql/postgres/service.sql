create table account (id bigint primary key, balance bigint not null);
create table movement (
    id      bigint generated always as identity primary key,
    account bigint not null,
    amount  bigint not null
);
create table effect (
    id         bigint generated always as identity primary key,
    subscriber bigint not null,
    account    bigint not null,
    amount     bigint not null
);
