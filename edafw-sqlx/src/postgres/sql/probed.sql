insert into edafw_meta (name, value) values ('probed-at', $1)
on conflict (name) do update set value = excluded.value;
