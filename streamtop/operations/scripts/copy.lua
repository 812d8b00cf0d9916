-- The fields of an entry, as XRANGE tells them, and their bytes: why it has none, or else nil.
local function payload(stream, id)
  local rows = redis.pcall('XRANGE', stream, id, id)
  if rows.err then
    return {'failed', rows.err}, nil, 0
  elseif #rows == 0 or not rows[1][2] then
    return {'skipped', 'gone'}, nil, 0
  end
  local fields, size = rows[1][2], 0
  for at = 1, #fields do
    size = size + #fields[at]
  end
  return nil, fields, size
end

-- Add fields to a stream: why they were not added, or else nil and the ID of the copy. With a
-- producer, nothing is added that was added under that name before (Redis 8.6).
local function add(stream, fields, producer, id)
  local words = {'XADD', stream, '*'}
  if producer then
    words = {'XADD', stream, 'IDMP', producer, id, '*'}
  end
  if #words + #fields > 7900 then
    return {'failed', 'fields'}
  end
  for at = 1, #fields do
    words[#words + 1] = fields[at]
  end
  local before = producer and redis.call('XLEN', stream)
  local copy = redis.pcall(unpack(words))
  if type(copy) == 'table' and copy.err then
    return {'failed', copy.err}
  elseif producer and redis.call('XLEN', stream) == before then
    return {'skipped', 'copied', copy}
  end
  return nil, copy
end

-- Whether the server refused something: it would refuse the same of every entry.
local function refused(why)
  return why and why[1] == 'failed' and why[2] ~= 'fields'
end

-- The answer of a script that was refused something: what it did before, or else the refusal
-- for each of its entries, so that no more is sent.
local function cut_short(told, why, count)
  for at = 1, #told == 0 and count or 0 do
    told[at] = why
  end
  return told
end

-- Why a command is refused, or else nil.
local function refusal(...)
  local reply = redis.pcall(...)
  return type(reply) == 'table' and reply.err and {'failed', reply.err} or nil
end

-- Why entries can be copied to a stream but the rest, a command about them, cannot be done, or
-- else nil: both are tried with an ID that no entry has. XADD goes first, since a script that
-- has written before is not stopped when memory has run out.
local function refusal_beforehand(to, ...)
  local why = refusal('XADD', to, '0-0', '', '')
  if why and not string.find(why[2], '0-0', 1, true) then
    return why
  end
  return refusal(...)
end

-- Do what belongs to a copy; should it be refused after all, the copy is taken back.
local function refusal_with(to, copy, ...)
  local why = refusal(...)
  if why then
    redis.pcall('XDEL', to, copy)
  end
  return why
end
