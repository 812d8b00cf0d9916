-- Copy pending entries to a dead-letter stream, with where they came from and why, and
-- acknowledge each in the same step. Answers for the first entries only once so many bytes
-- were read.
-- KEYS: source stream, dead-letter stream. ARGV: bytes, 'first' of several or '', group, reason,
-- then for each entry: ID, consumer, least idle milliseconds.
local source, to = KEYS[1], KEYS[2]
local room, group, reason = tonumber(ARGV[1]), ARGV[3], ARGV[4]
local told, count = {}, (#ARGV - 4) / 3
local no = ARGV[2] == 'first' and refusal_beforehand(to, 'XACK', source, group, '0-0')
if no then
  return cut_short(told, no, count)
end
local time = redis.call('TIME')
local now = string.format('%.0f', tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000))
for at = 5, #ARGV, 3 do
  local id, consumer = ARGV[at], ARGV[at + 1]
  local fields, size, copy
  local why, idle, deliveries = held(source, group, id, consumer, ARGV[at + 2])
  if not why then
    why, fields, size = payload(source, id)
    room = room - size
  end
  if not why then
    local replayed = string.format('%.0f', (replays(fields)))
    local values = {source, id, replayed, group, consumer, deliveries, reason, now}
    why, copy = add(to, extended(fields, DEAD_LETTER, values))
  end
  if not why then
    why = refusal_with(to, copy, 'XACK', source, group, id)
  end
  if refused(why) then
    return cut_short(told, why, count)
  end
  told[#told + 1] = why or {'done', copy, idle, deliveries}
  if room <= 0 then
    break
  end
end
return told
