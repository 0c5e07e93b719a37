-- The index does not tell trailing spaces; the length does.
update edafw_archive force index (edafw_archive_key)
set payload = 'null'
where `key` = ?1 and length(`key`) = length(?1) and payload <> 'null';
