-- Remove consumers that hold nothing and have been idle ever since they were seen.
-- KEYS: stream. ARGV: group, then for each consumer: name, least idle milliseconds.
local rows = redis.pcall('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])
if rows.err then
  if not string.find(rows.err, 'no such key', 1, true)
    and not string.find(rows.err, 'NOGROUP', 1, true) then
    return rows
  end
  rows = {}
end
local there = {}
for _, row in ipairs(rows) do
  local consumer = by_name(row)
  there[consumer['name']] = consumer
end
local told = {}
for at = 2, #ARGV, 2 do
  local name, why = ARGV[at], nil
  local consumer = there[name]
  if not consumer then
    why = {'skipped', 'gone'}
  elseif consumer['pending'] > 0 then
    why = {'skipped', 'holds', string.format('%.0f', consumer['pending'])}
  elseif consumer['idle'] < tonumber(ARGV[at + 1]) then
    why = {'skipped', 'again'}
  else
    local held = redis.pcall('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], name)
    why = type(held) == 'table' and {'failed', held.err} or {'done'}
  end
  told[#told + 1] = why
end
return told
