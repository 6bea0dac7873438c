# SPDX-License-Identifier: Apache-2.0
"""Reads a Perfetto trace from its wire format, without any library: what a viewer would see.

Field numbers are those of google/perfetto, protos/perfetto/trace; wire format: protobuf.dev/programming-guides/encoding.
"""
import struct


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def fields(data):
    """(number, value) of a message: int for varints, 8 bytes for doubles, bytes for what has a length."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = varint(data, at)
        elif kind == 1:
            value, at = data[at:at + 8], at + 8
        elif kind == 2:
            length, at = varint(data, at)
            value, at = data[at:at + length], at + length
            if len(value) != length:
                raise ValueError("a message is cut off")
        else:
            raise ValueError(f"wire type {kind} in field {key >> 3}")
        yield key >> 3, value


def message(data):
    found = {}
    for number, value in fields(data):
        found.setdefault(number, []).append(value)
    return found


class Track:
    def __init__(self, body):
        m = message(body)
        self.uuid = m[1][0]
        self.parent = m.get(5, [0])[0]
        self.is_counter = 8 in m
        self.unit = message(m[8][0]).get(6, [b""])[0].decode() if self.is_counter else ""
        self.name = m.get(2, [b""])[0].decode()
        if 3 in m:
            self.name = message(m[3][0])[6][0].decode()
        self.slices = []  # (begin ns, end ns, name, depth, category, arguments)
        self.values = []  # (time ns, value) of a counter


class Trace:
    """Tracks by uuid; `problems` is what a viewer would stumble over."""

    def __init__(self, path):
        self.tracks = {}
        self.problems = []
        self._interned = {1: {}, 2: {}, 3: {}, 29: {}}
        events = []
        with open(path, "rb") as file:
            data = file.read()
        for number, packet in fields(data):
            if number != 1:
                self.problems.append(f"field {number} beside packets")
                continue
            self._read_packet(message(packet), events)
        events.sort(key=lambda event: event[0])  # stable, as trace_processor does
        self._replay(events)

    def _read_packet(self, packet, events):
        if packet.get(10, [0])[0] == 0:
            self.problems.append("a packet without a sequence")
        for data in packet.get(12, []):
            for table, entry in fields(data):
                e = message(entry)
                self._interned[table][e[1][0]] = e[2][0].decode()
        for body in packet.get(60, []):
            track = Track(body)
            if track.uuid in self.tracks:
                self.problems.append(f"track {track.name} is described twice")
            self.tracks[track.uuid] = track
        for body in packet.get(11, []):
            event = message(body)
            if event[11][0] not in self.tracks:
                self.problems.append(f"an event of track {event[11][0]} before its description")
            events.append((packet[8][0], event))

    def _arguments(self, event):
        found = {}
        for body in event.get(4, []):
            m = message(body)
            name = self._interned[3][m[1][0]]
            if 5 in m:
                found[name] = struct.unpack("<d", m[5][0])[0]
            elif 17 in m:
                found[name] = self._interned[29][m[17][0]]
            else:
                found[name] = m[3][0]
        return found

    def _replay(self, events):
        open_slices = {}
        for time, event in events:
            track = self.tracks[event[11][0]]
            kind = event[9][0]
            stack = open_slices.setdefault(track.uuid, [])
            if kind == 4:
                track.values.append((time, struct.unpack("<d", event[44][0])[0]))
            elif kind == 1:
                stack.append((time, self._interned[2][event[10][0]], self._interned[1][event[3][0]],
                              self._arguments(event)))
            elif not stack:
                self.problems.append(f"{track.name}: an end without a begin at {time} ns")
            else:
                begin, name, category, arguments = stack.pop()
                track.slices.append((begin, time, name, len(stack), category, arguments))
        for uuid, stack in open_slices.items():
            if stack:
                self.problems.append(f"{self.tracks[uuid].name}: {len(stack)} slices without an end")

    def path(self, track):
        names = []
        while track:
            names.append(track.name)
            track = self.tracks.get(track.parent)
        return "/".join(reversed(names))

    def named(self, name):
        return [track for track in self.tracks.values() if track.name == name]
