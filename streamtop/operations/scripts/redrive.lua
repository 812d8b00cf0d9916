-- Copy entries of a dead-letter stream back to where they came from, without what was appended
-- when they were dead-lettered; if asked, delete each in the same step. Answers for the first
-- entries only once so many bytes were read.
-- KEYS: dead-letter stream, destinations. ARGV: bytes, 'first' of several or '', replays at most,
-- 'remove' or '', 'make' or '', then for each entry: ID, the number of its destination.
local source = KEYS[1]
local room, most = tonumber(ARGV[1]), tonumber(ARGV[3])

-- The fields as they were, counted once more if it is counted at all; nil if they came round
-- too often.
local function restored(fields)
  local count = replays(fields)
  if count >= most then
    return nil
  end
  local names = ends_with(fields, DEAD_LETTER) and DEAD_LETTER
    or ends_with(fields, REPLAYED) and REPLAYED
    or {}
  for _ = 1, 2 * #names do
    table.remove(fields)
  end
  local _, last = replays(fields)
  if last then
    fields[last] = string.format('%d', count + 1)
  elseif #names > 0 then
    extended(fields, {'count'}, {string.format('%d', count + 1)})
  end
  return fields
end

local told, count = {}, (#ARGV - 5) / 2
local no = ARGV[4] == 'remove' and ARGV[2] == 'first'
  and refusal_beforehand(KEYS[2], 'XDEL', source, '0-0')
if no then
  return cut_short(told, no, count)
end
local there = {}
for at = 2, #KEYS do
  there[KEYS[at]] = ARGV[5] == 'make' or redis.call('EXISTS', KEYS[at]) == 1
end
for at = 6, #ARGV, 2 do
  local id, to = ARGV[at], KEYS[tonumber(ARGV[at + 1]) + 1]
  local copy
  local why, fields, size = payload(source, id)
  room = room - size
  if not why and not there[to] then
    why = {'skipped', 'no-stream'}
  end
  if not why then
    fields = restored(fields)
    why = not fields and {'skipped', 'looped'} or nil
  end
  if not why then
    why, copy = add(to, fields)
  end
  if not why and ARGV[4] == 'remove' then
    why = refusal_with(to, copy, 'XDEL', source, id)
  end
  if refused(why) then
    return cut_short(told, why, count)
  end
  told[#told + 1] = why or {'done', copy}
  if room <= 0 then
    break
  end
end
return told
