-- Set a group's position if it stands where it was seen, and tell where it stands then.
-- KEYS: stream. ARGV: group, position, position seen, entries-read or '', and 'still', or
-- 'forwards', 'backwards' or 'anywhere' for a group that may have moved since.
local found, why = group_of(KEYS[1], ARGV[1])
if not found then
  return why
end
local now, target, moving = found['last-delivered-id'], ARGV[2], ARGV[5]
if moving == 'still' and now ~= ARGV[3] then
  return {'skipped', 'moved', now}
elseif moving == 'forwards' and sortable(now) > sortable(target) then
  return {'skipped', 'passed', now}
elseif moving == 'backwards' and sortable(now) < sortable(target) then
  return {'skipped', 'passed', now}
end
local words = {'XGROUP', 'SETID', KEYS[1], ARGV[1], target}
if ARGV[4] ~= '' then
  words[#words + 1] = 'ENTRIESREAD'
  words[#words + 1] = ARGV[4]
end
local set = redis.pcall(unpack(words))
if type(set) == 'table' and set.err then
  return set
end
found = group_of(KEYS[1], ARGV[1])
return {'done', found and found['last-delivered-id'] or target}
