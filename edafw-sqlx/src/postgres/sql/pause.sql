insert into edafw_pause (subscriber) values ($1) on conflict do nothing;
