"""Comity: a cooperation hub for cyber diplomacy and joint digital defence."""
