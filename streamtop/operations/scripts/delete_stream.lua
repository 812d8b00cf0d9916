-- Delete a stream that holds no more entries than were seen, and no group that was not.
-- KEYS: stream. ARGV: entries at most or '' for any number, then each group.
local groups = redis.pcall('XINFO', 'GROUPS', KEYS[1])
if groups.err then
  return string.find(groups.err, 'no such key', 1, true) and {'skipped', 'gone'} or groups
end
local length = redis.pcall('XLEN', KEYS[1])
if type(length) == 'table' then
  return length
elseif ARGV[1] ~= '' and length > tonumber(ARGV[1]) then
  return {'skipped', 'grew', string.format('%.0f', length)}
end
local seen = {}
for at = 2, #ARGV do
  seen[ARGV[at]] = true
end
for _, row in ipairs(groups) do
  if not seen[row[2]] then
    return {'skipped', 'group', row[2]}
  end
end
local gone = redis.pcall('UNLINK', KEYS[1])
if type(gone) == 'table' then
  return gone
end
return {'done', string.format('%.0f', length)}
