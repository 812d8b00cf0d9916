-- Copy entries, byte for byte; with a group, acknowledge each original in the same step.
-- Answers for the first entries only once so many bytes were read.
-- KEYS: source stream, destination stream. ARGV: bytes, replays at most or '' to add no origin,
-- producer or '', 'first' of several or '', group or '', then for each entry: ID, and with a
-- group: consumer, least idle milliseconds.
local source, to = KEYS[1], KEYS[2]
local room, most, group = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[5]
local acknowledges = group ~= ''

-- The fields with where they came from; nil if they came round too often.
local function with_origin(fields, id)
  local count = replays(fields)
  if count >= most then
    return nil
  end
  local kept, stream, first = {}, nil, nil
  for at = 1, #fields, 2 do
    local name, value = fields[at], fields[at + 1]
    if name == ORIGIN .. 'stream' then
      stream = stream or value
    elseif name == ORIGIN .. 'id' then
      first = first or value
    elseif name ~= ORIGIN .. 'count' then
      kept[#kept + 1], kept[#kept + 2] = name, value
    end
  end
  local values = {stream or source, first or id, string.format('%d', count + 1)}
  return extended(kept, REPLAYED, values)
end

local told, words = {}, acknowledges and 3 or 1
local count = (#ARGV - 5) / words
local no = acknowledges and ARGV[4] == 'first'
  and refusal_beforehand(to, 'XACK', source, group, '0-0')
if no then
  return cut_short(told, no, count)
end
for at = 6, #ARGV, words do
  local id = ARGV[at]
  local why, idle, deliveries, fields, size, copy
  if acknowledges then
    why, idle, deliveries = held(source, group, id, ARGV[at + 1], ARGV[at + 2])
  end
  if not why then
    why, fields, size = payload(source, id)
    room = room - size
  end
  if not why and most then
    fields = with_origin(fields, id)
    why = not fields and {'skipped', 'looped'} or nil
  end
  if not why then
    why, copy = add(to, fields, ARGV[3] ~= '' and ARGV[3] .. id, id)
  end
  if not why and acknowledges then
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
